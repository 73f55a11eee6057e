"""The review queue line by line."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from schemas.decision import Verdict
from schemas.example import Message
from schemas.review import MOST_LABELS
from tui.model.facts import chips, status, story
from tui.model.outcome import Outcome
from tui.model.queues import QUEUE_HELP
from tui.model.sides import Side
from tui.model.word_diff import inline
from tui.model.workbench import Workbench
from tui.plain.talk import Talk
from tui.plain.telling import tell_child, tell_example
from tui.safe_text import editable, restored

_END = "."
_FOR_MANY: dict[str, Verdict] = {"keep": "keep", "drop": "drop", "skip": "skip"}


class ReviewDesk:
    def __init__(self, bench: Workbench, talk: Talk) -> None:
        self._bench = bench
        self._talk = talk
        self._review = bench.review
        self.acts: dict[str, Callable[[], Outcome | None]] = {
            "keep": lambda: self._review.decide("keep"),
            "drop": lambda: self._review.decide("drop"),
            "drop_because": lambda: self._review.decide("drop", talk.ask("why drop it? ") or None),
            "skip": self._review.skip,
            "edit": self._edit,
            "flag": lambda: self._review.flag(talk.ask("note: ")),
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
            "find": lambda: self._review.filter(talk.ask("show: ")),
            "sort": lambda: self._review.sort(talk.ask("by (a measure, or nothing): ") or None),
            "queue": self._queue,
            "save_view": lambda: self._review.save_view(talk.ask("keep this view as: ")),
            "bulk": self._bulk,
            "info": self._info,
            **{f"label_{n}": partial(self._label, n) for n in range(1, MOST_LABELS + 1)},
        }

    @property
    def enter(self) -> str:
        return "skip" if self._review.place.row is not None else ""

    def again(self) -> None:
        self._review.team.catch_up()

    def show(self) -> None:
        row, example = self._review.place.row, self._review.example
        self._talk.say("")
        self._talk.say(status(self._review))
        if row is None or example is None:
            self._talk.say("nothing in this list: type find, queue or quit")
            return
        self._talk.say("; ".join(chip.text for chip in chips(self._bench, row, example)))
        given = self._review.verdicts.labels(row)
        if given:
            self._talk.say(f"labelled {', '.join(given)}")
        spans = self._bench.tokens.spans(example) if self._bench.tokens else None
        found = spans if isinstance(spans, dict) else {}
        sides = self._review.sides
        for side in sides:
            self._talk.say(side.says)
        parent = self._review.parent
        if parent is not None:
            tell_child(self._talk, parent, example, found)
        else:
            tell_example(self._talk, example, found)
        for side in sides:
            self._tell_edit(side)

    def _go(self, position: int) -> None:
        self._review.place.go(position)

    def _tell_edit(self, side: Side) -> None:
        """What an annotator in conflict would have instead."""
        for turn in side.changed:
            self._talk.say(f"{side.says}: {turn.role}{'' if turn.after else ', taken out'}")
            if turn.after is not None:
                self._talk.text(
                    inline(turn.before.content, turn.after.content) if turn.before else turn.after.content
                )

    def _queue(self) -> Outcome:
        review = self._review
        views = review.views.all() if review.views is not None else []
        about = dict(QUEUE_HELP)
        for name in review.queues:
            self._talk.say(f"  {name}: {about[name]}")
        for view in views:
            self._talk.say(f"  {view.name}: {view.says}")
        name = self._talk.ask("queue or view: ")
        chosen = next((view for view in views if view.name == name), None)
        return review.use_view(chosen) if chosen else review.show_queue(name)

    def _bulk(self) -> Outcome | None:
        """Shows what is meant before it asks; nothing typed does nothing."""
        selection = self._review.selection
        self._talk.say(selection.says)
        if not len(selection.rows):
            return None
        for row in selection.samples:
            self._talk.say(f"  {self._review.corpus.preview(row)}")
        word = self._talk.ask("keep, drop, skip or a label's number; nothing leaves them: ")
        if word in _FOR_MANY:
            verdict = _FOR_MANY[word]
            reason = self._talk.ask("why? ") if verdict == "drop" else ""
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
        return self._review.side_with(self._talk.ask("side with: ") if self._review.adjudicating else "")

    def _edit(self) -> Outcome | None:
        example = self._review.example
        if example is None:
            return None
        self._talk.say(
            f"new text for each message, ended by a line with only {_END} (that line alone keeps it)"
        )
        return self._review.edit([self._retyped(m) for m in example.turns])

    def _retyped(self, message: Message) -> Message:
        self._talk.say(f"{message.role}: {editable(message.content)}")
        typed: list[str] = []
        while (line := self._talk.ask("| ", strip=False)) != _END:
            typed.append(line)
        return replace(message, content=restored("\n".join(typed))) if typed else message

    def _info(self) -> None:
        row = self._review.place.row
        if row is not None:
            self._talk.read(story(self._bench, row))
