"""Examples in words: what is said, what the model did not expect, and how two texts differ."""

from collections.abc import Mapping, Sequence

from schemas.example import Example, Message
from tui.model.calls import calls_in_words
from tui.model.family import turns
from tui.model.tokens import Span
from tui.model.word_diff import inline, word_diff
from tui.plain.talk import Talk

_SPOKEN_WORST = 5
_SPOKEN_CHANGES = 12  # more are harder to follow than the second text read out


def tell_example(talk: Talk, example: Example, spans: Mapping[int, list[Span]] | None = None) -> None:
    """All but the system prompt; `spans` are token losses by message."""
    for index, message in enumerate(example.messages):
        tell_message(talk, message, (spans or {}).get(index, []))


def tell_message(talk: Talk, message: Message, spans: Sequence[Span] = (), whose: str = "") -> None:
    if message.role == "system":
        return
    talk.say(f"{message.role}{whose}:")
    talk.text(message.content)
    if message.tool_calls:
        talk.text(f"calls {calls_in_words(message.tool_calls)}")
    worst = sorted(spans, key=lambda span: -span[2])[:_SPOKEN_WORST]
    if worst:
        said = ", ".join(f"{message.content[start:end]!s} {nats:.1f}" for start, end, nats in worst)
        talk.say(f"  least expected, in nats: {said}")


def tell_child(talk: Talk, parent: Example, child: Example, spans: Mapping[int, list[Span]]) -> None:
    """A child with its parent: once where both are the same, else as one text with marks."""
    for turn in turns(parent, child):
        found = spans.get(turn.index, [])
        if turn.before is None or turn.after is None or turn.same:
            message = turn.after or turn.before
            both = "" if turn.same else ", in the child alone" if turn.after else ", in the parent alone"
            if message is not None:
                tell_message(talk, message, found, both)
        elif turn.remark:
            talk.say(f"{turn.role}, {turn.remark}")
            tell_message(talk, turn.before, whose=" of the parent")
            tell_message(talk, turn.after, whose=" of the child")
        else:
            talk.say(f"{turn.role}, [-of the parent-] and {{+of the child+}}:")
            talk.text(inline(turn.before.content, turn.after.content))


def tell_two(
    talk: Talk, left: Example, right: Example, names: tuple[str, str], *, in_full: bool = False
) -> None:
    """Two examples, turn by turn: the first one's text, then how the second differs. Both texts where
    `in_full`, or where little is alike."""
    for turn in turns(left, right):
        if turn.before is None or turn.after is None:
            message, whose = (turn.before, names[0]) if turn.before else (turn.after, names[1])
            if message is not None:
                tell_message(talk, message, whose=f", {whose} alone")
        elif turn.same:
            tell_message(talk, turn.before, whose=", the same in both")
        else:
            tell_message(talk, turn.before, whose=f", {names[0]}")
            changes = [] if in_full else _changes(turn.before.content, turn.after.content)
            if changes:
                talk.say(f"{turn.role}, {names[1]}, {_count(len(changes), 'difference')}:")
                for change in changes:
                    talk.text(change)
            else:
                tell_message(talk, turn.after, whose=f", {names[1]}")


def _changes(before: str, after: str) -> list[str]:
    """Each difference of the second text from the first in words, without signs that a reader would skip;
    none where the whole text is easier to follow."""
    diff = word_diff(before, after)
    changes = [change for change in diff.changes if not change.same]
    if diff.nothing_alike or len(changes) > _SPOKEN_CHANGES:
        return []
    return [_change(before[slice(*c.before)], after[slice(*c.after)]) for c in changes]


def _change(old: str, new: str) -> str:
    if old and new:
        return f'"{new}" instead of "{old}"'
    return f'"{new}" added' if new else f'"{old}" left out'


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
