"""The review queue on the screen: what each key does."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import SuspendNotSupported

from schemas.errors import SiftuneError, UsageError
from schemas.example import Message
from tui.model.drafts import Draft, editor_command
from tui.model.facts import story
from tui.model.outcome import Outcome
from tui.model.unsaved import Unsaved
from tui.screens.base import bindings_of
from tui.screens.review_choosing import ReviewChoosing
from tui.widgets.editor import Editor
from tui.widgets.list_pane import ListPane
from tui.widgets.reader import Reader

if TYPE_CHECKING:
    from tui.widgets.palette import Offer


class ReviewScreen(ReviewChoosing):
    NAME = "review"
    BINDINGS: ClassVar = bindings_of(NAME)

    # Deciding

    def action_keep(self) -> None:
        self._act(lambda: self._review.decide("keep"))

    def action_drop(self) -> None:
        self._act(lambda: self._review.decide("drop"))

    def action_drop_because(self) -> None:
        self.ask("why drop it?", lambda why: self._act(lambda: self._review.decide("drop", why or None)))

    def action_skip(self) -> None:
        self._act(self._review.skip)

    def action_edit(self) -> None:
        example = self._review.example
        if example is not None:
            unsaved = Unsaved(self._drafts, self._review.verdicts.annotator, example)
            edited = partial(self._edited, unsaved)
            self.app.push_screen(Editor(example, self._registry, unsaved), edited)

    def action_editor(self) -> None:
        self._act(self._edit_outside)

    def action_label(self, number: int) -> None:
        labels = self._review.labels
        if number <= len(labels):
            self._act(lambda: self._review.label(labels[number - 1]))
        else:
            self.say(f"the recipe has no label {number}: its review.labels are the digits' names")

    def action_flag(self) -> None:
        self.ask("note for a second look:", lambda note: self._act(lambda: self._review.flag(note)))

    def action_repeat(self) -> None:
        self._act(self._review.repeat)

    def action_side(self) -> None:
        if self._review.adjudicating and self._review.place.row is not None:
            self.ask(
                "side with (number or name):", lambda who: self._act(lambda: self._review.side_with(who))
            )
        else:
            self._act(lambda: self._review.side_with(""))

    # Moving

    def action_down(self) -> None:
        self._go(self._review.place.position + 1)

    def action_up(self) -> None:
        self._go(self._review.place.position - 1)

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self._review.place))

    def action_half_down(self) -> None:
        self._go(self._review.place.position + self._list.page // 2)

    def action_half_up(self) -> None:
        self._go(self._review.place.position - self._list.page // 2)

    def action_next_undecided(self) -> None:
        self._act(self._review.to_next)

    def action_previous_undecided(self) -> None:
        self._act(lambda: self._review.to_next(back=True))

    def action_read_on(self) -> None:
        self._conversation.read(self._conversation.half_page)

    def action_read_back(self) -> None:
        self._conversation.read(-self._conversation.half_page)

    def action_next_message(self) -> None:
        self._conversation.go_to_message(1)

    def action_previous_message(self) -> None:
        self._conversation.go_to_message(-1)

    @on(ListPane.Chosen)
    def _chosen(self, event: ListPane.Chosen) -> None:
        if not self.asking:
            self._go(event.position)

    # Looking closer

    def action_compare(self) -> None:
        self._act(self._review.compare, rearranged=True)

    def action_info(self) -> None:
        row = self._review.place.row
        if row is not None:
            self._act(lambda: self._read(row))

    def action_copy_id(self) -> None:
        row = self._review.place.row
        if row is not None:
            example_id = self._review.corpus.id_of(row)
            self.app.copy_to_clipboard(example_id)
            self.say(f"copied {example_id}")

    # Inside

    def _actions_offered(self) -> Iterator["Offer"]:
        """Labels by the names that the recipe gives them."""
        labels = self._review.labels
        for offer in super()._actions_offered():
            _, label, number = offer.id.partition("label_")
            if not label:
                yield offer
            elif int(number) <= len(labels):
                yield replace(offer, label=f"label {labels[int(number) - 1]}")

    def _read(self, row: int) -> None:
        self.app.push_screen(Reader(story(self._bench, row), self._registry))

    @property
    def _drafts(self) -> Path:
        return self._bench.workspace.path / "drafts"

    def _edited(self, unsaved: Unsaved, messages: tuple[Message, ...] | None) -> None:
        if messages is None:
            unsaved.remove()
        else:
            self._act(lambda: self._record(unsaved, messages))

    def _record(self, unsaved: Unsaved, messages: tuple[Message, ...]) -> Outcome | None:
        """What cannot be recorded is there again at the next edit."""
        try:
            outcome = self._review.edit(messages)
        except SiftuneError:
            unsaved.keep(messages)
            raise
        unsaved.remove()
        return outcome

    def _edit_outside(self) -> Outcome | None:
        """In the person's own editor. What it leaves is kept in a file until it is recorded."""
        review, example = self._review, self._review.example
        if example is None:
            return None
        said = example.turns
        draft = Draft(self._drafts, example.example_id, review.verdicts.annotator, said)
        self._run_editor(draft.path)
        try:
            outcome = review.edit(draft.messages())
        except UsageError as error:
            raise UsageError(error.problem, f"{error.mend} (your text is in {draft.path})") from None
        draft.remove()
        return outcome

    def _run_editor(self, path: Path) -> None:
        """Until the person leaves it. Raises UsageError unless it ended well."""
        command = editor_command()
        failed = ""
        try:
            with self.app.suspend():
                try:  # inside: an error must not leave the screen suspended
                    ended = subprocess.run([*command, str(path)], check=False).returncode
                    failed = f"ended with {ended}" if ended else ""
                except OSError as error:
                    failed = f"cannot be started ({error.strerror})"
        except SuspendNotSupported:
            raise UsageError("no other program can have this terminal", "edit with e instead") from None
        if failed:
            raise UsageError(
                f"{Path(command[0]).name} {failed}, so nothing was recorded", "E opens your text again"
            )
