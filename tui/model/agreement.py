"""How far annotators agree, as a list: all of them, pairs, labels, each over time, and the conflicts."""

from collections.abc import Callable
from dataclasses import dataclass

from curate.agreement import words
from curate.agreement.report import Annotator, Measures, Pair, Report
from tui.model.corpus import ABSENT
from tui.model.facts import Section
from tui.model.listing import Cursor, Unmoved
from tui.model.outcome import Outcome
from tui.model.queues import DISAGREEMENT
from tui.model.review import Review
from tui.model.sides import sides_of


@dataclass(frozen=True, slots=True)
class _Line:
    """`page` makes what stands beside it; `example_id` where the line is a conflict."""

    says: str
    page: Callable[[], list[Section]]
    example_id: str | None = None


class Agreement(Unmoved):
    """What `report` found, to go through. Conflicts stand last, those that were settled since dimmed."""

    def __init__(self, review: Review, report: Report) -> None:
        self._review = review
        self._report = report
        measures = report.verdicts
        self._lines = [
            _Line(
                f"verdicts{_value(measures.alpha.value, 'α')}", lambda: self._overall("Verdicts", measures)
            ),
            *(_pair_line(pair, measures) for pair in measures.pairs),
            *(self._label(label, found) for label, found in report.labels.items()),
            *(self._time(who) for who in report.annotators),
        ]
        self.cursor = Cursor(len(self))

    def refresh(self) -> None:
        """The report stays as it was read; who of the conflicts waits is asked line by line."""
        self._review.team.catch_up()

    def open(self) -> Outcome:
        """Show the conflict chosen in its queue. Raises UsageError."""
        example_id = self.chosen.example_id
        if example_id is None:
            return Outcome("only a conflict can be opened: they stand at the end of the list")
        self._review.use_queue(DISAGREEMENT)
        return self._review.show_example(example_id)

    @property
    def chosen(self) -> _Line:
        return self._at(self.cursor.position)

    @property
    def conflict_row(self) -> int:
        """Of the conflict chosen; ABSENT for any other line."""
        example_id = self.chosen.example_id
        return self._review.corpus.row_of(example_id) if example_id is not None else ABSENT

    # What is listed

    def __len__(self) -> int:
        return len(self._lines) + len(self._report.conflicts) if self._report.annotators else 0

    def line(self, at: int) -> str:
        return self._at(at).says

    def done(self, at: int) -> bool:
        """Whether it is a conflict that was settled."""
        conflict = at - len(self._lines)
        row = self._review.corpus.row_of(self._report.conflicts[conflict]) if conflict >= 0 else None
        return row is not None and (row == ABSENT or not self._review.team.conflicts[row])

    def _at(self, at: int) -> _Line:
        """Conflicts may be thousands, of which those on the screen are looked at."""
        conflict = at - len(self._lines)
        return self._lines[at] if conflict < 0 else self._conflict(self._report.conflicts[conflict])

    # Pages

    def _overall(self, heading: str, measures: Measures) -> list[Section]:
        found = self._report
        lines = [f"Krippendorff's α {words.coefficient(measures.alpha, 'by two or more')}"]
        if len(found.annotators) > 2:
            lines.append(f"Fleiss' κ        {words.coefficient(measures.fleiss, 'by all')}")
        counts = [
            f"{who.name}: {who.decided:,} decided, {who.shared:,} by others too" for who in found.annotators
        ]
        about = [
            f"{found.shared:,} of {found.examples:,} examples were decided by two or more",
            f"{len(found.conflicts):,} in conflict, {found.adjudicated:,} adjudicated",
        ]
        matrix = [matrix_line(pair) for pair in measures.pairs]
        sections: list[Section] = [(heading, lines), ("Cohen's κ by pair", matrix), ("Annotators", counts)]
        return [*[(name, found) for name, found in sections if found], ("Examples", about)]

    def _label(self, label: str, measures: Measures) -> _Line:
        says = f"label {label}{_value(measures.alpha.value, 'α')}"
        return _Line(says, lambda: self._overall(f"Label {label}, given or not", measures))

    def _time(self, who: Annotator) -> _Line:
        spans = self._report.over_time.get(who.name, [])
        lines = [f"{span.when:<16} {words.span(span)}" for span in spans]
        drifted = self._report.drift.get(who.name)
        if drifted is not None:
            lines += ["", words.drift(drifted)]
        mark = "  drifts" if drifted is not None and drifted.sure else ""
        return _Line(
            f"{who.name} over time{mark}",
            lambda: [(f"{who.name} against the others, by hundreds of decisions", lines or ["nothing yet"])],
        )

    def _conflict(self, example_id: str) -> _Line:
        row = self._review.corpus.row_of(example_id)
        shown = self._review.corpus.preview(row) if row != ABSENT else f"{example_id}, not in this version"
        return _Line(f"conflict: {shown}", lambda: [("In conflict", self._sides(example_id))], example_id)

    def _sides(self, example_id: str) -> list[str]:
        row = self._review.corpus.row_of(example_id)
        if row == ABSENT:
            return [f"{example_id} is not in this version"]
        sides = sides_of(self._review.corpus.example(row), self._review.team.sides(row))
        return [example_id, *(side.says for side in sides), "enter opens it where a decision settles it"]


def _pair_line(pair: Pair, measures: Measures) -> _Line:
    return _Line(
        f"{pair.left} and {pair.right}{_value(pair.kappa.value, 'κ')}",
        lambda: [(f"{pair.left} and {pair.right}", [_kappa(pair), "", *table(pair, measures.categories)])],
    )


def matrix_line(pair: Pair) -> str:
    return f"{pair.left} and {pair.right}: {_kappa(pair).strip()}"


def table(pair: Pair, categories: tuple[str, ...]) -> list[str]:
    """The pair's cross table: rows are what the left one said, columns the right one's."""
    head = max(len(f"{pair.left}: {name}") for name in categories)
    columns = [f"{pair.right}: {name}" for name in categories]
    lines = [" " * head + "".join(f"  {name}" for name in columns)]
    for name, row in zip(categories, pair.table, strict=True):
        cells = "".join(f"  {n:>{len(column)},}" for n, column in zip(row, columns, strict=True))
        lines.append(f"{f'{pair.left}: {name}':<{head}}{cells}")
    return lines


def _kappa(pair: Pair) -> str:
    return f"Cohen's κ {words.coefficient(pair.kappa, 'by both').strip()}"


def _value(value: float | None, sign: str) -> str:
    return f"  {sign} {value:.2f}" if value is not None else f"  {sign} –"
