"""What raw data does to a careless reader: insults, terminal escapes, huge rows, rows that are none."""

import random
import string
from importlib import resources

from samples.layout import ALPACA, CHATML, CSV, JSON_CHATS, JSONL_CHATS, LLAMA, MACROS, MESSAGE_FILES, TAGS
from samples.plan import Broken, Expect, Fault, Plan
from samples.shop.conversation import Row, Turn

MILD = ("crap", "crappy", "damn", "moron", "stupid", "dumbass", "turd", "piss", "bullshit")
INSULTS = (
    "Your {} shop is run by a {} and I want my money.",
    "What a {} answer, you {} of a robot.",
    "This {} parcel never came, you {}.",
)
IN_ANSWERS = "Only a {} would ask such a {} thing."

ESCAPES = {
    "clear_screen": "\x1b[2J\x1b[H",
    "window_title": "\x1b]0;owned\x07",
    "colour": "\x1b[31;1mred\x1b[0m",
    "c1_control": "\x9b2J",
    "clipboard": "\x1b]52;c;ZWNobw==\x07",
    "bidi_override": "\u202egnp.exe\u202c",
    "zero_width": "pay\u200bment",
    "backspaces": "safe\b\b\b\bevil",
    "markup": "[/bold][red]x[/]",
    "formula": '=HYPERLINK("http://example.com","click")',
    "html": "<script>alert(1)</script>",
}


def plant_toxic(plan: Plan) -> None:
    """Mild words of better_profanity's list, read at run time; one in five insults stands in the answer."""
    words = _listed_words()
    for row in plan.take(36):
        turn, word, other = row.turns[-1], plan.rng.choice(words), plan.rng.choice(words)
        in_answer = plan.rng.random() < 0.2
        said = (IN_ANSWERS if in_answer else plan.rng.choice(INSULTS)).format(word, other)
        question, answer = (
            (turn.question, f"{said} {turn.answer}")
            if in_answer
            else (f"{turn.question} {said}", turn.answer)
        )
        row.turns = (*row.turns[:-1], Turn(question, answer))
        plan.toxic.append(Fault(row, {"where": "assistant" if in_answer else "user"}))


def _listed_words() -> list[str]:
    text = resources.files("better_profanity").joinpath("profanity_wordlist.txt").read_text(encoding="utf-8")
    return sorted(set(MILD) & set(text.split("\n")))


def plant_escapes(plan: Plan) -> None:
    """Sequences that drive a terminal or a renderer, in the middle of ordinary text."""
    for number, row in enumerate(plan.take(2 * len(ESCAPES))):
        name = list(ESCAPES)[number % len(ESCAPES)]
        turn = row.turns[0]
        row.turns = (Turn(f"{turn.question} It says {ESCAPES[name]} here.", turn.answer), *row.turns[1:])
        row.file = plan.rng.choice((*MESSAGE_FILES, JSON_CHATS, JSONL_CHATS))
        plan.escapes.append(Fault(row, {"sequence": name}))


def plant_huge(plan: Plan) -> None:
    """A pasted log of about 200 kB in a JSONL line and in a CSV field, far beyond any token limit."""
    for file in (MESSAGE_FILES[0], CSV):
        log = " ".join(_hexadecimal(plan.rng) for _ in range(22_000))
        row = Row(
            (Turn(f"Your page fails with this log: {log}", "Thank you, our developers will read it."),), "log"
        )
        row.file = file
        plan.rows.append(row)
        plan.huge.append(Fault(row, {"bytes": str(len(row.text.encode()))}))


def _hexadecimal(rng: random.Random) -> str:
    return "".join(rng.choice(string.hexdigits.lower()) for _ in range(8))


def plant_broken(plan: Plan) -> None:
    """Lines, elements, records and blocks that no reader can make a conversation of."""
    for file in MESSAGE_FILES:
        _lines(
            plan,
            file,
            '{"messages": [{"role": "user", "content": "Is the %s in stock?"}, ',
            "assistant",
            "role",
            "content",
        )
        _add(plan, file, b'{"messages": []}', "empty_messages")
        _add(plan, file, _json_messages(("user", ""), ("assistant", "   ")), "blank_text", "absent")
        _add(plan, file, _json_messages(("user", "Is anybody there?")), "no_answer", "absent")
        _add(plan, file, _json_messages(("narrator", "It rains."), ("assistant", "It does.")), "unknown_role")
        _add(plan, file, b'{"ticket": 17, "closed": true}', "missing_field")
        _add(plan, file, b"", "blank_line", "ignored")
        _add(plan, file, b"   ", "blank_line", "ignored")
    _lines(
        plan,
        JSONL_CHATS,
        '{"conversations": [{"from": "human", "value": "Is the %s in stock?"}, ',
        "gpt",
        "from",
        "value",
    )
    _add(
        plan,
        JSONL_CHATS,
        b'{"conversations": [{"from": "owl", "value": "Hoo."}, {"from": "gpt", "value": "Hoo?"}]}',
        "unknown_role",
    )
    _add(plan, JSONL_CHATS, b'{"conversations": []}', "empty_messages")
    _add(
        plan,
        JSON_CHATS,
        {"conversations": [{"from": "weasel", "value": "Hm."}, {"from": "gpt", "value": "Hm?"}]},
        "unknown_role",
    )
    _add(plan, JSON_CHATS, None, "not_an_object")
    _add(plan, JSON_CHATS, {"id": "c-77"}, "missing_field")
    _add(plan, MACROS, "How long is the warranty?", "not_an_object")
    _add(plan, MACROS, {"instruction": "Name the lightest parka."}, "missing_field")
    _add(plan, MACROS, {"instruction": "", "input": "", "output": ""}, "blank_text", "absent")
    _add(plan, CSV, "Où est mon colis ?,Il arrive,C-1,delivery".encode("latin-1"), "invalid_utf8")
    _add(plan, CSV, "Wann öffnet ihr?,Um zehn,,shop".encode("latin-1"), "invalid_utf8")
    _add(plan, CSV, b"Is this all", "wrong_columns")
    _add(plan, CSV, b"One,two,three,four,five,six", "wrong_columns")
    _add(plan, CSV, b",,C-1007,price", "blank_text", "absent")
    _add(plan, ALPACA, b"### Instruction:\nWhere is my parcel?", "no_answer", "absent")
    _add(
        plan,
        TAGS,
        "<INSTRUCTION>Où est mon colis ?</INSTRUCTION>\n<RESPONSE>Il arrive.</RESPONSE>".encode("latin-1"),
        "invalid_utf8",
    )
    _add(
        plan,
        CHATML,
        b"<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello?<|im_end|>",
        "no_answer",
        "absent",
    )
    _add(plan, LLAMA, "<s>[INST] Wann öffnet ihr? [/INST] Um zehn. </s>".encode("latin-1"), "invalid_utf8")


def _lines(plan: Plan, file: str, start: str, answering: str, role: str, text: str) -> None:
    """The ways in which a JSONL line goes wrong, with words of its own in every file."""

    def whole(product: str, answer: str) -> str:
        return start % product + f'{{"{role}": "{answering}", "{text}": "{answer}"}}]}}'

    _add(plan, file, (start % "Heron Shell").encode(), "broken_json")
    _add(plan, file, whole("Tarn Shell", "Yes.")[:-2].encode() + b",]}", "broken_json")
    _add(plan, file, whole("Puffin Cap", "No.").replace('"', "'").encode(), "broken_json")
    _add(plan, file, whole("Swift Tee", "Später.").encode("latin-1"), "invalid_utf8")
    _add(
        plan,
        file,
        whole("Wren Crew", "Bientôt.").encode("utf-8").replace(b"\xc3\xb4", b"\xc3"),
        "invalid_utf8",
    )
    _add(plan, file, b'"just a string"', "not_an_object")


def _json_messages(*messages: tuple[str, str]) -> bytes:
    parts = ", ".join(f'{{"role": "{role}", "content": "{content}"}}' for role, content in messages)
    return f'{{"messages": [{parts}]}}'.encode()


def _add(plan: Plan, file: str, content: object, kind: str, expect: Expect = "rejected") -> None:
    plan.broken.append(Broken(file, content, kind, expect))
