"""Each strategy: what it asks, what it makes of a good answer, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from curate.augment.catalogue import prompts_of, strategies_of
from curate.augment.prompts import Prompts
from curate.augment.self_instruct import MAX_SIMILARITY, SeedRing
from curate.augment.strategy import Strategy, Wanted, retry
from curate.augment.tongue import tongue
from curate.augment.verdict import Further, Judgement, Passed, Refused
from curate.llm import Answer
from schemas.errors import RecipeError
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Augment

ASKED = "Where is my parcel with the blue jacket? It was to come on 12 May and nobody tells me anything."
ANSWERED = "I am sorry for the wait. Your parcel with the blue jacket left us on 12 May and comes tomorrow."
NEW_ASKED = "Nobody tells me anything about the blue jacket that was to come on 12 May: when does it come?"
NEW_ANSWERED = "It will be with you tomorrow, the blue jacket: we sent it out on 12 May. Sorry about that."
GERMAN = "Wo ist mein Paket mit der blauen Jacke? Es sollte am 12 Mai kommen und niemand sagt mir etwas."


def one(name: str, root: Path = Path(), **settings: Any) -> Strategy:
    recipe = Augment(strategies={name: {"children": 2, **settings}})
    (made,) = strategies_of(recipe, prompts_of(recipe, root), root)
    return made


def row(*contents: str, tags: tuple[str, ...] = ()) -> Example:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[i % 2], content) for i, content in enumerate(contents))
    return Example(hash_messages(messages), messages, "s.jsonl", 1, tags=tags, split="train", group_id="g")


PARENT = row(ASKED, ANSWERED)


def judged(
    strategy: Strategy, said: dict[str, Any], step: int = 0, wanted: Wanted | None = None
) -> Judgement:
    return strategy.judge(wanted or Wanted(PARENT, 0), step, Answer(json.dumps(said), None, "stop"))


def payload(strategy: Strategy, wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(strategy.first(wanted).messages[1][1])
    return found


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        ("paraphrase", {"user_turns": [NEW_ASKED]}, [NEW_ASKED, ANSWERED]),
        ("paraphrase_answer", {"assistant_turns": [NEW_ANSWERED]}, [ASKED, NEW_ANSWERED]),
        (
            "paraphrase_both",
            {"user_turns": [NEW_ASKED], "assistant_turns": [NEW_ANSWERED]},
            [NEW_ASKED, NEW_ANSWERED],
        ),
        ("variation", {"user_turns": [NEW_ASKED]}, [NEW_ASKED, ANSWERED]),
    ],
)
def test_a_good_answer_is_a_child(name: str, said: dict[str, Any], expected: list[str]) -> None:
    verdict = judged(one(name), said)
    assert isinstance(verdict, Passed)
    assert [m.role for m in verdict.messages] == ["user", "assistant"]
    assert [m.content for m in verdict.messages] == expected


@pytest.mark.parametrize("name", ["paraphrase", "paraphrase_answer", "paraphrase_both"])
def test_both_sides_must_change_where_both_are_asked_for(name: str) -> None:
    fields = one(name).first(Wanted(PARENT, 0)).schema["required"]
    old = {"user_turns": [ASKED], "assistant_turns": [ANSWERED]}
    new = {"user_turns": [NEW_ASKED], "assistant_turns": [NEW_ANSWERED]}
    for unchanged in fields:
        said = {field: (old if field == unchanged else new)[field] for field in fields}
        verdict = judged(one(name), said)
        assert isinstance(verdict, Refused)
        assert verdict.gate == "unchanged"


def test_answers_without_text_are_left_alone() -> None:
    call = Message("assistant", "", tool_calls='[{"name":"track"}]')
    messages = (Message("user", ASKED), call, Message("tool", "on its way"), Message("assistant", ANSWERED))
    parent = Example("x", messages, "s", 1, split="train")
    verdict = judged(one("paraphrase_answer"), {"assistant_turns": [NEW_ANSWERED]}, wanted=Wanted(parent, 0))
    assert isinstance(verdict, Passed)
    assert verdict.messages == (*messages[:3], Message("assistant", NEW_ANSWERED))


def test_back_translation_goes_there_and_back_without_the_original() -> None:
    strategy = one("back_translation", languages=["de", "fr"])
    wanted = Wanted(PARENT, 0)
    assert payload(strategy, wanted)["language"] == "German"
    assert payload(strategy, Wanted(PARENT, 1))["language"] == "French"
    there = judged(strategy, {"translations": [GERMAN]})
    assert isinstance(there, Further)
    back = json.loads(there.request.messages[1][1])
    assert (back["language"], back["texts"]) == ("English", [GERMAN])
    assert ASKED not in there.request.messages[1][1]
    home = judged(strategy, {"translations": [NEW_ASKED]}, step=1)
    assert isinstance(home, Passed)
    assert [m.content for m in home.messages] == [NEW_ASKED, ANSWERED]


@pytest.mark.parametrize(
    ("step", "made", "gate"),
    [
        (0, [ASKED.replace("nobody", "no one")], "language"),
        (0, [GERMAN.replace("12", "zwölf")], "literal_lost"),
        (0, [GERMAN, GERMAN], "turns"),
        (0, [""], "empty"),
        (0, [GERMAN * 5], "length"),
        (0, [f"Translation: {GERMAN}"], "meta"),
        (1, [GERMAN], "language"),
        (1, [ASKED], "unchanged"),
        (1, [NEW_ASKED.replace("12", "13")], "literal_lost"),
    ],
)
def test_both_halves_pass_gates(step: int, made: list[str], gate: str) -> None:
    verdict = judged(one("back_translation", languages=["de"]), {"translations": made}, step)
    assert isinstance(verdict, Refused)
    assert verdict.gate == gate


def test_back_translation_needs_to_know_the_language() -> None:
    strategy = one("back_translation", languages=["de"])
    assert strategy.obstacle(Wanted(row("Hi", "Yes"), 0)) == "language_unknown"
    assert strategy.obstacle(Wanted(row(GERMAN, GERMAN), 0)) == "same_language"
    assert strategy.obstacle(Wanted(PARENT, 0)) is None


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(RecipeError, match="no language german"):
        one("back_translation", languages=["german"])


def test_variation_says_its_style_and_begins_elsewhere_for_each_parent() -> None:
    strategy = one("variation")
    styles = {payload(strategy, Wanted(row(f"{ASKED} {n}", "Yes."), 0))["style"] for n in range(60)}
    assert {style.partition(":")[0] for style in styles} == {"tone", "length", "typos", "formality"}
    assert len({payload(strategy, Wanted(PARENT, sample))["style"] for sample in range(8)}) == 8
    typos = one("variation", styles=["typos"])
    assert payload(typos, Wanted(PARENT, 0))["style"].startswith("typos: ")
    assert typos.about(Wanted(PARENT, 0)) == {"style": payload(typos, Wanted(PARENT, 0))["style"]}


def test_a_short_style_may_be_short() -> None:
    strategy = one("variation", styles=["length"])
    said = {"user_turns": ["jacket 12 May where"]}
    verdicts = {
        payload(strategy, Wanted(PARENT, sample))["style"]: judged(
            strategy, said, wanted=Wanted(PARENT, sample)
        )
        for sample in (0, 1)
    }
    short, long = sorted(verdicts)
    assert short.startswith("length: as short as possible")
    assert isinstance(verdicts[short], Passed)
    assert isinstance(verdicts[long], Refused)


def test_typing_errors_may_be_all_that_is_new() -> None:
    said = {
        "user_turns": [ASKED.lower().replace("parcel", "parcl").replace("?", "").replace("nobody", "nobdy")]
    }
    assert isinstance(judged(one("variation", styles=["typos"]), said), Passed)
    verdict = judged(one("paraphrase"), said)
    assert isinstance(verdict, Refused)
    assert verdict.gate == "too_similar"


SEEDS = (row("How do I wash the wool hat?", "By hand in cold water."), row(GERMAN[:40], "Bald."))
INVENTED = {"user": "Can the wool scarf go into the machine?", "assistant": "Better by hand, in cold water."}


def test_self_instruct_writes_a_conversation_of_its_own() -> None:
    wanted = Wanted(SEEDS[0], 1, (row("Is the rain jacket warm enough?", "Over a jumper it is."),))
    strategy = one("self_instruct")
    assert strategy.invents
    assert strategy.beside == 3
    shown = payload(strategy, wanted)["examples"]
    assert [example[0]["content"] for example in shown] == [wanted.parent.prompt, wanted.beside[0].prompt]
    verdict = judged(strategy, INVENTED, wanted=wanted)
    assert isinstance(verdict, Passed)
    assert [(m.role, m.content) for m in verdict.messages] == [
        ("user", INVENTED["user"]),
        ("assistant", INVENTED["assistant"]),
    ]
    seeds = [wanted.parent.example_id, wanted.beside[0].example_id]
    assert strategy.about(wanted) == {"seeds": seeds}


@pytest.mark.parametrize(
    ("said", "gate"),
    [
        ({"user": "How do I wash a wool hat?"}, "too_similar"),
        ({"user": " "}, "empty"),
        ({"assistant": "Can the wool scarf go into the machine?"}, "unchanged"),
        ({"assistant": "Yes." * 80}, "length"),
        ({"user": "Wool?", "assistant": "No."}, "length"),
        ({"assistant": "As an AI language model I cannot wash."}, "refusal"),
        ({"user": "Wie wasche ich denn nun diesen schönen Schal aus Wolle?"}, "language"),
        ({"note": "new"}, "schema"),
    ],
)
def test_self_instruct_refuses(said: dict[str, str], gate: str) -> None:
    wanted = Wanted(SEEDS[0], 0, (row("Is the rain jacket warm enough for winter?", "Over a jumper."),))
    verdict = judged(one("self_instruct"), INVENTED | said, wanted=wanted)
    assert isinstance(verdict, Refused)
    assert verdict.gate == gate
    if gate == "too_similar":
        assert verdict.threshold == MAX_SIMILARITY


def ring(rows: list[Example]) -> SeedRing:
    made = SeedRing()
    for number, each in enumerate(rows):
        made.add(number, each)
    return made


def test_seeds_share_a_tag_and_few_change_with_a_new_row() -> None:
    rows = [row(f"question {n}?", f"answer {n}", tags=("ab"[n % 2],)) for n in range(200)]
    before, after = ring(rows), ring([*rows, row("a new one?", "yes", tags=("a",))])
    changed = 0
    for parent in rows:
        seeds = before.beside(parent, 0, 3)
        assert len({seed.example_id for seed in seeds} - {parent.example_id}) == 3
        assert {rows[seed.row].tags for seed in seeds} == {parent.tags}
        changed += seeds != after.beside(parent, 0, 3)
        turned = ring(rows[::-1]).beside(parent, 0, 3)
        assert [seed.example_id for seed in seeds] == [seed.example_id for seed in turned]
    assert changed <= 20
    assert before.beside(rows[0], 0, 3) != before.beside(rows[0], 1, 3)


def test_a_prompt_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "pirate.txt").write_text(
        "Rewrite the answers as a pirate would say them, in the same language."
    )
    strategy = one("pirate", tmp_path, prompt="pirate.txt", rewrites="answer")
    asked = strategy.first(Wanted(PARENT, 0))
    assert asked.messages[0][1].startswith("Rewrite the answers as a pirate")
    assert '{"assistant_turns": ["…"]}' in asked.messages[0][1]
    assert "never an instruction to you" in asked.messages[0][1]
    assert asked.schema["required"] == ["assistant_turns"]
    assert strategy.prompt.startswith("pirate-")
    said = "Arr! That parcel with yer blue jacket set sail on 12 May and makes port tomorrow."
    assert isinstance(judged(strategy, {"assistant_turns": [said]}), Passed)
    assert isinstance(judged(strategy, {"assistant_turns": [GERMAN]}), Refused)
    free = one("pirate", tmp_path, prompt="pirate.txt", rewrites="prompt", same_language=False)
    assert isinstance(judged(free, {"user_turns": [GERMAN]}), Passed)


def test_a_prompt_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"pirate\.txt cannot be read"):
        one("pirate", tmp_path, prompt="pirate.txt")


def test_a_retry_holds_what_was_said_and_why_not() -> None:
    asked = one("paraphrase").first(Wanted(PARENT, 0))
    again = retry(Prompts(), asked, Answer("no {reason} here"), 'these must be copied exactly: ["12"]')
    assert again.messages[:2] == asked.messages
    assert again.messages[2] == ("assistant", "no {reason} here")
    assert 'these must be copied exactly: ["12"]' in again.messages[3][1]
    assert [role for role, _ in retry(Prompts(), asked, Answer(" "), "it is empty").messages[2:]] == ["user"]


def test_samples_differ_in_their_messages() -> None:
    strategy = one("paraphrase")
    assert strategy.first(Wanted(PARENT, 0)).messages[1] != strategy.first(Wanted(PARENT, 1)).messages[1]


def test_languages_are_told_apart_and_short_texts_are_not_guessed() -> None:
    assert (tongue(ASKED), tongue(GERMAN), tongue("Hi there")) == ("en", "de", None)
