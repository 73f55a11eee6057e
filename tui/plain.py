"""Line mode: the same queue, journal and gate as the full screen, by questions a screen reader can follow."""

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TextIO

from schemas.decision import Verdict
from schemas.errors import SiftuneError
from schemas.example import Message
from schemas.review import MOST_LABELS
from tui.actions.registry import Registry
from tui.catalogue import FIRST
from tui.guide import guide
from tui.model.facts import Section, chips, status, story
from tui.model.family import Turn, turns
from tui.model.queues import QUEUE_HELP
from tui.model.review import Outcome
from tui.model.sides import Side
from tui.model.tokens import Span
from tui.model.word_diff import inline
from tui.model.workbench import Workbench
from tui.safe_text import editable, restored, visible, visible_line

_SPOKEN_WORST = 5
_END = "."
_FOR_MANY: dict[str, Verdict] = {"keep": "keep", "drop": "drop", "skip": "skip"}


class _Left(Exception):
    """The person left, or standard input ended."""


def review_plain(
    bench: Workbench,
    lines: Iterable[str] | None = None,
    out: TextIO | None = None,
    registry: Registry | None = None,
) -> int:
    """Review until `quit` or the end of input. Returns 0."""
    with suppress(_Left):
        _Plain(bench, sys.stdin if lines is None else lines, out or sys.stdout, registry or Registry()).run()
    return 0


class _Plain:
    def __init__(self, bench: Workbench, lines: Iterable[str], out: TextIO, registry: Registry) -> None:
        self._bench = bench
        self._registry = registry
        self._review = bench.review
        self._lines = iter(lines)
        self._out = out
        self._acts: dict[str, Callable[[], Outcome | None]] = {
            "keep": lambda: self._review.decide("keep"),
            "drop": lambda: self._review.decide("drop"),
            "drop_because": lambda: self._review.decide("drop", self._ask("why drop it? ") or None),
            "skip": self._review.skip,
            "edit": self._edit,
            "flag": lambda: self._review.flag(self._ask("note: ")),
            "side": self._side,
            "undo": self._review.undo,
            "redo": self._review.redo,
            "repeat": self._review.repeat,
            "down": lambda: self._go(self._review.place.position + 1),
            "up": lambda: self._go(self._review.place.position - 1),
            "first": lambda: self._go(0),
            "last": lambda: self._go(len(self._review.place)),
            "next_undecided": self._review.to_undecided,
            "previous_undecided": lambda: self._review.to_undecided(back=True),
            "find": lambda: self._review.filter(self._ask("show: ")),
            "sort": lambda: self._review.sort(self._ask("by (a measure, or nothing): ") or None),
            "queue": self._queue,
            "save_view": lambda: self._review.save_view(self._ask("keep this view as: ")),
            "bulk": self._bulk,
            **{f"label_{n}": partial(self._label, n) for n in range(1, MOST_LABELS + 1)},
        }

    def run(self) -> None:
        self._say("Type a key or a name and press Enter; help lists them.")
        self._show()
        while True:
            word = self._ask("> ")
            action = (
                self._registry.by_typed(word or "skip")
                if word or self._review.place.row is not None
                else None
            )
            if action is None:
                self._say(f"there is no {word!r}; help lists what there is")
            elif action.id == "quit":
                raise _Left
            elif action.id in ("help", "info"):
                self._read(action.id)
            else:
                self._act(self._acts[action.id])

    def _act(self, act: Callable[[], Outcome | None]) -> None:
        try:
            outcome = act()
        except SiftuneError as error:
            self._say(f"error: {error.problem}")
            self._say(f"  fix: {error.mend}")
            return
        if outcome is not None:
            self._say(outcome.says)
        self._show()

    def _go(self, position: int) -> None:
        self._review.place.go(position)

    def _show(self) -> None:
        row, example = self._review.place.row, self._review.example
        self._say("")
        self._say(status(self._review))
        if row is None or example is None:
            self._say("nothing in this list: type find, queue or quit")
            return
        self._say("; ".join(chip.text for chip in chips(self._bench, row, example)))
        given = self._review.verdicts.labels(row)
        if given:
            self._say(f"labelled {', '.join(given)}")
        spans = self._bench.tokens.spans(example) if self._bench.tokens else None
        found = spans if isinstance(spans, dict) else {}
        sides = self._review.sides
        for side in sides:
            self._say(side.says)
        parent = self._review.parent
        if parent is not None:
            for turn in turns(parent, example):
                self._say_turn(turn, found.get(turn.index, []))
        else:
            for index, message in enumerate(example.messages):
                self._say_message(message, found.get(index, []))
        for side in sides:
            self._say_edit(side)

    def _say_edit(self, side: Side) -> None:
        """What an annotator in conflict would have instead."""
        for turn in side.changed:
            self._say(f"{side.says}: {turn.role}{'' if turn.after else ', taken out'}")
            if turn.after is not None:
                self._say_text(
                    inline(turn.before.content, turn.after.content) if turn.before else turn.after.content
                )

    def _say_turn(self, turn: Turn, spans: list[Span]) -> None:
        """A turn of a child with its parent's: once where both are the same, else as one text with marks."""
        if turn.before is None or turn.after is None or turn.same:
            message = turn.after or turn.before
            both = "" if turn.same else ", in the child alone" if turn.after else ", in the parent alone"
            self._say_message(message, spans, both) if message else None
            return
        if turn.remark:
            self._say(f"{turn.role}, {turn.remark}")
            self._say_message(turn.before, [], " of the parent")
            self._say_message(turn.after, [], " of the child")
            return
        self._say(f"{turn.role}, [-of the parent-] and {{+of the child+}}:")
        self._say_text(inline(turn.before.content, turn.after.content))

    def _say_message(self, message: Message, spans: list[Span], whose: str = "") -> None:
        if message.role == "system":
            return
        self._say(f"{message.role}{whose}:")
        self._say_text(message.content)
        if message.tool_calls:
            self._say(f"  calls {message.tool_calls}")
        worst = sorted(spans, key=lambda span: -span[2])[:_SPOKEN_WORST]
        if worst:
            said = ", ".join(f"{message.content[start:end]!s} {nats:.1f}" for start, end, nats in worst)
            self._say(f"  least expected, in nats: {said}")

    def _say_text(self, text: str) -> None:
        self._out.write("".join(f"  {line}\n" for line in visible(text).split("\n")))

    def _queue(self) -> Outcome:
        review = self._review
        views = review.views.all() if review.views is not None else []
        about = dict(QUEUE_HELP)
        for name in review.queues:
            self._say(f"  {name}: {about[name]}")
        for view in views:
            self._say(f"  {view.name}: {view.says}")
        name = self._ask("queue or view: ")
        chosen = next((view for view in views if view.name == name), None)
        return review.use_view(chosen) if chosen else review.show_queue(name)

    def _bulk(self) -> Outcome | None:
        """Shows what is meant before it asks; nothing typed does nothing."""
        selection = self._review.selection
        self._say(selection.says)
        if not len(selection.rows):
            return None
        for row in selection.samples:
            self._say(f"  {self._review.corpus.preview(row)}")
        word = self._ask("keep, drop, skip or a label's number; nothing leaves them: ")
        if word in _FOR_MANY:
            verdict = _FOR_MANY[word]
            reason = self._ask("why? ") if verdict == "drop" else ""
            return self._review.decide_all(selection, verdict, reason or None)
        if word.isdecimal() and 0 < int(word) <= len(self._review.labels):
            return self._review.label_all(selection, self._review.labels[int(word) - 1])
        return Outcome("nothing was decided")

    def _label(self, number: int) -> Outcome:
        labels = self._review.labels
        if number <= len(labels):
            return self._review.label(labels[number - 1])
        return Outcome(f"the recipe has {len(labels)} labels")

    def _side(self) -> Outcome:
        return self._review.side_with(self._ask("side with: ") if self._review.adjudicating else "")

    def _edit(self) -> Outcome | None:
        example = self._review.example
        if example is None:
            return None
        self._say(f"new text for each message, ended by a line with only {_END} (that line alone keeps it)")
        return self._review.edit([self._retyped(m) for m in example.messages if m.role != "system"])

    def _retyped(self, message: Message) -> Message:
        self._say(f"{message.role}: {editable(message.content)}")
        typed: list[str] = []
        while (line := self._ask("| ", strip=False)) != _END:
            typed.append(line)
        return replace(message, content=restored("\n".join(typed))) if typed else message

    def _read(self, name: str) -> None:
        row = self._review.place.row
        pages: dict[str, Callable[[], list[Section]]] = {
            "help": lambda: _plain_guide(self._registry),
            "info": lambda: story(self._bench, row) if row is not None else [],
        }
        for heading, lines in pages[name]():
            self._say(heading)
            for line in lines:
                self._say(f"  {line}")

    def _ask(self, question: str, *, strip: bool = True) -> str:
        self._out.write(question)
        self._out.flush()
        try:
            line = next(self._lines)
        except StopIteration:
            raise _Left from None
        return line.strip() if strip else line.rstrip("\n")

    def _say(self, line: str) -> None:
        self._out.write(visible_line(line) + "\n")


def _plain_guide(registry: Registry) -> list[Section]:
    keys = [
        f"{action.shown:<6} or {action.id:<19} {action.help}" for action in registry.of(FIRST) if action.plain
    ]
    return [("Keys and names", [*keys, "Enter alone skips"]), *guide(registry)[1:3]]
