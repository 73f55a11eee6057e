"""What waits for one annotator, how far everyone is, what became of the rows, and the latest run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from curate.journal import Journal
from curate.stages.edits import REVIEW
from curate.workspace import Workspace
from schemas.errors import UsageError
from schemas.manifest import Manifest
from schemas.run import RunInfo
from train.store import list_runs
from tui.model.facts import Section
from tui.model.listing import Cursor, Unmoved
from tui.model.outcome import Outcome
from tui.model.queues import DISAGREEMENT, PAIRS, QUEUE_HELP
from tui.model.review import Review
from tui.model.tally import Tally
from tui.model.today import midnight

_COUNTED = (DISAGREEMENT, "flags", PAIRS, "loss", "pending")
_BAR = 16  # cells of the longest bar
_HELP = dict(QUEUE_HELP)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: a queue, a saved view or a screen. `left` is what waits there, None where nothing is
    counted."""

    kind: Literal["queue", "view", "screen"]
    name: str
    about: str
    left: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What was read and counted for it: how many wait in each queue, what the journal comes to, the latest
    run."""

    waiting: Mapping[str, int]
    tally: Tally
    run: RunInfo | None

    @classmethod
    def read(cls, workspace: Workspace, review: Review) -> "Known":
        """In a thread: by a connection of its own, and of the review only counts. Raises JournalError."""
        runs = list_runs(workspace)
        with Journal.open(workspace.journal) as journal:
            tally = Tally.read(journal, review.verdicts.annotator, midnight())
        return cls(review.waiting(_COUNTED), tally, runs[-1].info if runs else None)


class Overview(Unmoved):
    """A list of places; the page beside it is the same for all but its first lines."""

    def __init__(self, review: Review, manifest: Manifest, known: Known, screens: Iterable[Place]) -> None:
        self._review = review
        self._manifest = manifest
        self._known = known
        views = review.views.all() if review.views is not None else []
        self._places = [
            *(Place("queue", name, _HELP[name], left) for name, left in known.waiting.items()),
            *(Place("view", view.name, view.says) for view in views),
            *screens,
        ]
        self.cursor = Cursor(len(self._places))

    def open(self) -> Outcome:
        """Show the queue or view chosen. Raises UsageError."""
        place = self.chosen
        if place.kind == "queue":
            self._review.use_queue(place.name)
            return Outcome(f"queue: {place.name}")
        view = self._review.views.named(place.name) if self._review.views is not None else None
        if view is None:
            raise UsageError(f"the view {place.name} is gone", "choose another line")
        return self._review.use_view(view)

    @property
    def chosen(self) -> Place:
        return self._places[self.cursor.position]

    @property
    def sections(self) -> list[Section]:
        """The page."""
        place = self.chosen
        opens = "enter opens it" if place.kind != "screen" else f"enter or {place.key} opens it"
        return [
            (place.name, [place.about, opens]),
            ("You", self._own()),
            *([("Team", self._team())] if not self._review.blind else []),
            (f"Version {self._manifest.version}", funnel(self._manifest)),
            ("Latest run", _run_lines(self._known.run)),
        ]

    # What is listed

    def __len__(self) -> int:
        return len(self._places)

    def line(self, at: int) -> str:
        place = self._places[at]
        number = f"{place.left:>9,}" if place.left is not None else f"{place.key:>9}"
        return f"{number}  {place.name}{' (view)' if place.kind == 'view' else ''}"

    def done(self, at: int) -> bool:
        return self._places[at].left == 0

    def _own(self) -> list[str]:
        verdicts, n = self._review.verdicts, len(self._review.corpus)
        by_state = self._review.by_state()
        decided = sum(count for state, count in by_state.items() if state != "skipped")
        parts = [f"{count:,} {state}" for state, count in by_state.items() if count]
        pace = self._known.tally.pace.says(n - decided)
        return [
            f"{verdicts.annotator}: {decided:,} of {n:,} examples decided, {verdicts.today:,} today",
            ", ".join(parts) if parts else "nothing decided yet: enter opens the queue chosen on the left",
            *([f"today {pace}"] if pace else []),
        ]

    def _team(self) -> list[str]:
        by_name = sorted(self._known.tally.decided.items(), key=lambda who: (-who[1], who[0]))
        lines = [f"{name}: {count:,} examples decided" for name, count in by_name]
        if not lines:
            return ["nobody has decided anything yet"]
        team = self._review.team
        open_conflicts = int(team.conflicts.sum())
        return [
            *lines,
            f"{team.n_decided:,} of {len(self._review.corpus):,} examples of this version decided by anyone",
            f"{open_conflicts:,} in conflict" if open_conflicts else "no conflicts",
        ]


def funnel(manifest: Manifest) -> list[str]:
    """Rows that came in, and what each stage left of them."""
    top = max(1, manifest.rows_in, *(stage.kept for stage in manifest.stages))
    lines = [_bar("rows in", manifest.rows_in, top, "")]
    if manifest.rejected:
        lines.append(
            _bar("readable", manifest.rows_in - manifest.rejected, top, f"−{manifest.rejected:,} unreadable")
        )
    for stage in manifest.stages:
        said = [f"−{count:,} {_in_words(reason)}" for reason, count in stage.dropped.items() if count]
        said += [f"+{stage.created:,} created"] if stage.created else []
        said += [f"{stage.flagged:,} flagged"] if stage.flagged else []
        if said:
            lines.append(_bar(stage.name, stage.kept, top, ", ".join(said)))
    splits = ", ".join(f"{name} {count:,}" for name, count in manifest.splits.items())
    return [*lines, _bar("kept", manifest.kept, top, splits)]


def _in_words(reason: str) -> str:
    """`exact duplicate`, `toxicity`, `dropped in review`."""
    stage, _, what = reason.partition(":")
    words = what if what == stage else reason
    return "dropped in review" if words == REVIEW else words.replace("_", " ")


def _bar(name: str, rows: int, top: int, said: str) -> str:
    cells = max(1, round(rows / top * _BAR)) if rows else 0
    return f"{name:<11}{rows:>10,} {'█' * cells:<{_BAR}} {said}".rstrip()


def _run_lines(run: RunInfo | None) -> list[str]:
    if run is None:
        return ["none yet: `train run` trains one, and its losses order the queues"]
    lines = [f"{run.run}: {run.state}, {run.method} of {run.base_model} on version {run.dataset_version}"]
    final = run.final
    if final is not None and final.test_loss is not None:
        base = f"{final.base_test_loss:.3f} → " if final.base_test_loss is not None else ""
        lines.append(f"test loss {base}{final.test_loss:.3f} nats/token")
    if final is not None and final.test_accuracy is not None:
        lines.append(f"test accuracy {final.test_accuracy:.1%}")
    return lines
