"""Chat templates in text, read back into messages.

A dialect is a set of markers; each opens a segment that runs to the next one. ChatML (also Phi 4's), Llama 2
(also Mistral's), 3 and 4, Gemma, Zephyr (also Phi 3's), Harmony, Command R, DeepSeek, `<INSTRUCTION>` tags,
Alpaca `### Instruction:` and Vicuna `USER:` are unmistakable. Line labels such as `Human:` or `Q:` are
ordinary words too: they count only where the caller knows that the text is a transcript (`loose`).
"""

import re
from dataclasses import dataclass

from schemas.example import Message, canonical_text

_BEGIN = "begin▁of▁sentence"  # DeepSeek's; what stands behind it is the system prompt
_ROLE_OF = {
    **dict.fromkeys(("system", "developer", "<<sys>>", "[system_prompt]", _BEGIN), "system"),
    **dict.fromkeys(
        ("instruction", "user", "human", "question", "prompt", "q", "[inst]", "<</sys>>"), "user"
    ),
    **dict.fromkeys(("input", "context"), "input"),
    **dict.fromkeys(("response", "assistant", "answer", "output", "completion"), "assistant"),
    **dict.fromkeys(("gpt", "model", "bot", "chatbot", "ai", "a", "[/inst]"), "assistant"),
    **dict.fromkeys(("tool", "function", "ipython", "observation"), "tool"),
}
_SEGMENT_END = re.compile(r"(?:</s>|<s>|<\|endoftext\|>|<\|end\|>|<\|return\|>|### End)\Z")
_ALPACA_PREFACE = re.compile(r"Below is an instruction that describes a task[^#]*\Z")
_VICUNA_PREFACE = re.compile(r"A chat between ")
# What a text that is a transcript from its first character can begin with.
_BEGINNING = re.compile(
    r"\s*(?:<|\[INST\]|\[SYSTEM_PROMPT\]|###|USER:|ASSISTANT:|SYSTEM:|Below is an|A chat between)"
)
_TAGS = (
    "INSTRUCTION|INPUT|CONTEXT|RESPONSE|ANSWER|OUTPUT|COMPLETION|SYSTEM|USER|HUMAN|QUESTION|PROMPT|ASSISTANT"
)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a text says in messages. `open`: it ends where the assistant's answer would begin."""

    dialect: str
    messages: tuple[Message, ...]
    open: bool

    @property
    def answered(self) -> bool:
        roles = {m.role for m in self.messages}
        return "user" in roles and "assistant" in roles


@dataclass(frozen=True, slots=True)
class _Dialect:
    """`marker` matches a segment's opening, with its label in group `role`; a match without a label closes
    the segment before it. A text without any of the `hints` has no opening. `head` is what may stand before
    the first marker and means nothing."""

    name: str
    hints: tuple[str, ...]
    marker: re.Pattern[str]
    head: re.Pattern[str] | None = None
    head_is_system: bool = False


def _dialect(
    name: str, hints: str, marker: str, head: str | None = None, flags: int = 0, system: bool = False
) -> _Dialect:
    compiled = re.compile(marker, flags)
    return _Dialect(name, tuple(hints.split()), compiled, re.compile(head) if head else None, system)


_STRICT = (
    _dialect("chatml", "<|im_start|>", r"<\|im_start\|>[ \t]*(?P<role>\w+)(?:<\|im_sep\|>)?|<\|im_end\|>"),
    _dialect(
        "llama3",
        "<|start_header_id|> <|header_start|>",
        r"<\|(?:start_header_id|header_start)\|>\s*(?P<role>\w+)\s*<\|(?:end_header_id|header_end)\|>"
        r"|<\|(?:eot_id|eom_id|eot|eom|end_of_text)\|>",
        r"<\|begin_of_text\|>\Z",
    ),
    _dialect("gemma", "<start_of_turn>", r"<start_of_turn>[ \t]*(?P<role>\w+)|<end_of_turn>", r"<bos>\Z"),
    _dialect(
        "zephyr", "<|system|> <|user|> <|assistant|>", r"<\|(?P<role>system|user|assistant)\|>", r"<s>\Z"
    ),
    _dialect(
        "llama2",
        "INST] SYS>> [SYSTEM_PROMPT]",
        r"(?P<role>\[/?INST\]|<</?SYS>>|\[SYSTEM_PROMPT\])|\[/SYSTEM_PROMPT\]",
        r"<s>\Z",
    ),
    # Only the channel that the user sees: reasoning is no answer.
    _dialect(
        "harmony",
        "<|start|>",
        r"<\|start\|>(?P<role>\w+)(?:<\|channel\|>final)?<\|message\|>|<\|(?:end|return)\|>",
    ),
    _dialect(
        "command",
        "<|START_OF_TURN_TOKEN|>",
        r"<\|START_OF_TURN_TOKEN\|><\|(?P<role>SYSTEM|USER|CHATBOT)_TOKEN\|>|<\|END_OF_TURN_TOKEN\|>",
        r"<BOS_TOKEN>\Z",
    ),
    _dialect("deepseek", "｜>", rf"<｜(?P<role>User|Assistant|{_BEGIN})｜>|<｜end▁of▁sentence｜>"),
    _dialect("tags", "<", rf"<(?P<role>{_TAGS})>|</(?:{_TAGS})>"),
    _dialect(
        "alpaca",
        "###",
        r"^###[ \t]*(?P<role>Instruction|Input|Response|Output|System|User|Human|Assistant)[ \t]*:",
        flags=re.MULTILINE | re.IGNORECASE,
        system=True,
    ),
    _dialect(
        "vicuna",
        "USER: ASSISTANT: SYSTEM:",
        r"(?:^|(?<=\s)|(?<=</s>))(?P<role>USER|ASSISTANT|SYSTEM):(?!\S)",
        system=True,
    ),
)
_LOOSE = (
    _dialect("tags", "<", rf"<(?P<role>{_TAGS})>|</(?:{_TAGS})>", flags=re.IGNORECASE),
    _dialect(
        "alpaca",
        "###",
        r"^###[ \t]*(?P<role>Question|Prompt|Context|Answer|Completion)[ \t]*:?[ \t]*$",
        flags=re.MULTILINE | re.IGNORECASE,
        system=True,
    ),
    _dialect(
        "labels",
        ":",
        r"^(?P<role>System|User|Human|Assistant|AI|Bot)[ \t]*:",
        flags=re.MULTILINE | re.IGNORECASE,
        system=True,
    ),
    _dialect("labels", ":", r"^(?P<role>Question|Answer|Q|A)[ \t]*:", flags=re.MULTILINE | re.IGNORECASE),
)


def parse_template(text: str, *, loose: bool = False) -> Transcript | None:
    """The transcript that the whole of `text` is, or None. Text before the first marker is allowed only where
    it is a dialect's stock preface or, with `loose`, a system prompt."""
    if not loose and not _BEGINNING.match(text):
        return None
    for dialect in _STRICT:
        if transcript := _parse(dialect, text, loose):
            return transcript
    for dialect in _LOOSE if loose else ():
        if (transcript := _parse(dialect, text, loose)) and transcript.answered:
            return transcript
    return None


def _parse(dialect: _Dialect, text: str, loose: bool) -> Transcript | None:
    for hint in dialect.hints:
        if hint in text:
            break
    else:
        return None
    markers = list(dialect.marker.finditer(text))
    if not markers:
        return None
    turns: list[tuple[str, str]] = []
    head = canonical_text(text[: markers[0].start()])
    if head and not _is_stock(dialect, head):
        if not (dialect.head_is_system and (loose or _VICUNA_PREFACE.match(head))):
            return None
        turns.append(("system", head))
    ends = [marker.start() for marker in markers[1:]] + [len(text)]
    for marker, end in zip(markers, ends, strict=True):
        if not _add_segment(turns, marker, _without_ends(text[marker.end() : end], _SEGMENT_END)):
            return None
    is_open = bool(turns) and turns[-1] == ("assistant", "")
    if is_open:
        turns.pop()
    messages = tuple(Message(role, content) for role, content in turns)
    return Transcript(dialect.name, messages, is_open) if messages or is_open else None


def _is_stock(dialect: _Dialect, head: str) -> bool:
    return bool((dialect.head and dialect.head.match(head)) or _ALPACA_PREFACE.match(head))


def _add_segment(turns: list[tuple[str, str]], marker: re.Match[str], content: str) -> bool:
    """Adds one segment to the turns; False where it makes no sense in this dialect."""
    label = marker["role"]
    if label is None:
        return not content  # text between a closing marker and the next opening one
    role = _ROLE_OF.get(label.lower())
    if role is None:
        return False
    last = turns[-1] if turns else None
    if role == "input" and last and last[0] == "assistant":
        # An answer with a heading of that name: Alpaca's input never follows its response.
        turns[-1] = ("assistant", canonical_text(f"{last[1]}\n\n{marker[0]}\n{content}"))
    elif role == "input" and last and last[0] == "user":
        turns[-1] = ("user", canonical_text(f"{last[1]}\n\n{content}"))
    elif content or role == "assistant":
        turns.append(("user" if role == "input" else role, content))
    return True


_OPENING = (
    r"<s>|<bos>|<BOS_TOKEN>|<\|begin_of_text\|>|<\|im_start\|>(?:system|user|assistant)?(?:<\|im_sep\|>)?"
    r"|\[/?INST\]|\[/SYSTEM_PROMPT\]|<start_of_turn>(?:user|model)?"
    r"|<\|(?:start_header_id|header_start)\|>\s*\w+\s*<\|(?:end_header_id|header_end)\|>|<\|(?:user|assistant)\|>"
    r"|<\|start\|>\w+(?:<\|channel\|>final)?<\|message\|>"
    rf"|<\|START_OF_TURN_TOKEN\|><\|(?:USER|CHATBOT)_TOKEN\|>|<｜(?:User|Assistant|{_BEGIN})｜>"
)
_LEADING = re.compile(_OPENING)
_TRAILING = re.compile(
    rf"(?:{_OPENING}|</s>|<eos>|<\|(?:im_end|eot_id|eom_id|eot|eom|end_of_text|endoftext|end|return)\|>"
    r"|<end_of_turn>|<\|END_OF_TURN_TOKEN\|>|<｜end▁of▁sentence｜>"
    r"|###[ \t]*(?:Response|Assistant|End):?)\Z"
)
_LONGEST_MARKER = 80  # characters: ends are looked at alone, so that a long text costs no more
_INSIDE = re.compile(
    r"<\|(?:im_start|im_end|im_sep|begin_of_text|start_header_id|end_header_id|header_start|header_end)\|>"
    r"|<\|(?:eot_id|end_of_text|endoftext|(?:START|END)_OF_TURN_TOKEN|channel|message|return)\|>"
    rf"|<｜(?:User|Assistant|{_BEGIN}|end▁of▁sentence)｜>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>|<(?:start|end)_of_turn>|</?(?:INSTRUCTION|RESPONSE)>"
    r"|^###[ \t]*(?:Instruction|Input|Response)[ \t]*:",
    re.MULTILINE,
)


def surely_plain(text: str) -> bool:
    """Whether `text` neither begins like a transcript nor can hold a marker; cheap, and False when unsure."""
    return not ("<" in text or "[" in text or "###" in text or _BEGINNING.match(text))


def strip_markers(text: str) -> str:
    """`text` without stray markers at its two ends; the very same text where there are none."""
    start = len(text) - len(text.lstrip())
    while found := _LEADING.match(text, start):
        start = found.end()
        while start < len(text) and text[start].isspace():
            start += 1
    stripped = _without_ends(text[start:], _TRAILING)
    return text if stripped == canonical_text(text) else stripped


def _without_ends(text: str, marker: re.Pattern[str]) -> str:
    """Without markers at the end, however many. Only the end is searched: linear on any text."""
    end = len(text.rstrip())
    while found := marker.search(text, max(0, end - _LONGEST_MARKER), end):
        end = found.start()
        while end and text[end - 1].isspace():
            end -= 1
    return canonical_text(text[:end])


def holds_marker(text: str) -> bool:
    """Whether a template marker stands anywhere in `text`."""
    return _INSIDE.search(text) is not None
