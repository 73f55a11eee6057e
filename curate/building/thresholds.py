"""What dedup would do at several thresholds, without a build.

The rows are those that dedup sees in a build: imported, normalised, with the reviewers' edits. What was
worked out of them is kept in the workspace's cache, so a build that follows does not pay for it again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from curate.building.decided import Decided, decided_in
from curate.building.partway import partway
from curate.building.pipeline import edits_step
from curate.flow.table import View
from curate.progress import Say
from curate.similarity.words import spoken
from curate.stages.dedup import COMPARED_IN_PART, CONTRADICTION, SAME_ANSWER, Dedup
from curate.stages.edits import Edits
from curate.workspace import Workspace
from schemas import recipe
from schemas.ledger import DuplicatePair
from schemas.stage import Rows

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Rows that one threshold would remove or flag, of `rows` in all. `in_part` are rows that were not
    compared with all rows alike."""

    threshold: float
    rows: int
    exact: int
    near: int
    contradictions: int
    same_answers: int
    in_part: int

    @property
    def kept(self) -> int:
        return self.rows - self.exact - self.near


@dataclass(frozen=True, slots=True)
class Example:
    """A row that goes at the lower threshold and stays at the higher one, and the row kept for it."""

    jaccard: float
    kept: str
    dropped: str
    kept_place: str
    dropped_place: str


@dataclass(frozen=True, slots=True)
class Margin:
    """Near duplicates of Jaccard `low` or more and less than `high`: how many, and some of them."""

    low: float
    high: float
    pairs: int
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Comparison:
    """From the lowest threshold up."""

    thresholds: list[AtThreshold]
    margins: list[Margin]

    def to_dict(self) -> dict[str, Any]:
        return {
            "thresholds": [asdict(at) | {"kept": at.kept} for at in self.thresholds],
            "margins": [asdict(margin) for margin in self.margins],
        }


def compare(path: Path, thresholds: Sequence[float], exact: bool, say: Say) -> Comparison:
    """Dedup at each threshold over the recipe's rows. Raises RecipeError, SourceError, JournalError."""
    workspace = Workspace.open(path)
    settings = workspace.recipe.dedup or recipe.Dedup()
    decided = decided_in(workspace)
    apart = decided.stated.apart
    with _rows(workspace, decided, say) as rows:
        found: list[AtThreshold] = []
        pairs: list[list[DuplicatePair]] = []
        for threshold in sorted(set(thresholds)):
            section = settings.model_copy(update={"threshold": threshold, "semantic": None})
            stage = Dedup(section, exact=exact, apart=apart)
            delta = stage(rows)
            reasons = Counter(event.reason for event in delta.events if event.action == "flagged")
            kinds = Counter(pair.kind for pair in delta.pairs)
            in_part = max((e.detail["rows"] for e in delta.events if e.reason == COMPARED_IN_PART), default=0)
            found.append(
                AtThreshold(
                    threshold,
                    len(rows),
                    kinds["exact"],
                    kinds["near"],
                    reasons[CONTRADICTION],
                    reasons[SAME_ANSWER],
                    in_part,
                )
            )
            pairs.append(delta.pairs)
        return Comparison(found, list(_margins(rows, [at.threshold for at in found], pairs)))


@contextmanager
def _rows(workspace: Workspace, decided: Decided, say: Say) -> Iterator[Rows]:
    """The rows as dedup sees them in a build."""
    rulings = decided.rulings
    with partway(workspace, [edits_step(Edits(rulings), rulings)], say, lambda _: None) as work:
        view = View(work.table)
        yield view
        view.keep_memos()


def _margins(
    rows: Rows, thresholds: Sequence[float], pairs: Sequence[Sequence[DuplicatePair]]
) -> Iterator[Margin]:
    for low, high, found in zip(thresholds, thresholds[1:], pairs, strict=False):
        between = sorted(
            (pair for pair in found if pair.kind == "near" and pair.jaccard < high),
            key=lambda pair: (pair.jaccard, pair.kept_id, pair.dropped_id),
        )
        chosen = (
            [between[at * (len(between) - 1) // (EXAMPLES - 1)] for at in range(EXAMPLES)] if between else []
        )
        yield Margin(low, high, len(between), _examples(rows, list(dict.fromkeys(chosen))))


def _examples(rows: Rows, pairs: Sequence[DuplicatePair]) -> list[Example]:
    ids = {pair_id.encode(): -1 for pair in pairs for pair_id in (pair.kept_id, pair.dropped_id)}
    for at, example_id in enumerate(rows.column("example_id").tolist() if ids else []):
        if ids.get(example_id) == -1:
            ids[example_id] = at
    return [
        Example(
            pair.jaccard,
            spoken(rows[ids[pair.kept_id.encode()]]),
            spoken(rows[ids[pair.dropped_id.encode()]]),
            f"{pair.kept_source}:{pair.kept_line}",
            f"{pair.dropped_source}:{pair.dropped_line}",
        )
        for pair in pairs
    ]
