"""What a run did not train on in full: examples that were cut, and those left out, each with why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from curate.version import DatasetVersion
from schemas.errors import SiftuneError
from schemas.example import Example
from schemas.training import Train
from train.reporting.measured import Measured
from train.store import Run

if TYPE_CHECKING:
    from train.tokens import Untrainable

_NOT_KNOWN = "not measured; its reason cannot be told any more"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`truncated`: ids of the examples cut at `max_length`. `untrained`: (id, split, reason) of those that
    the dataset version has and the run does not; None where the version is gone."""

    max_length: int
    truncated: tuple[str, ...]
    untrained: tuple[tuple[str, str, str], ...] | None


def left_out(run: Run, train: Train | None, version: DatasetVersion | None, found: Measured) -> LeftOut:
    max_length = train.max_length if train else 0
    truncated = tuple(found.rows.loc[found.rows["truncated"], "example_id"])
    if version is None:
        return LeftOut(max_length, truncated, None)
    known = set(found.rows["example_id"])
    missing = [
        (example_id, split)
        for split, n in version.splits.items()
        if n
        for example_id in version.read(f"data/{split}.parquet", columns=["example_id"])
        .column("example_id")
        .to_pylist()
        if example_id not in known
    ]
    if not missing:
        return LeftOut(max_length, truncated, ())
    reasons = {
        row.example_id: row.reason for row in _reasons(run, train, version, [i for i, _ in missing], known)
    }
    return LeftOut(
        max_length,
        truncated,
        tuple((name, split, reasons.get(name, _NOT_KNOWN)) for name, split in missing),
    )


def _reasons(
    run: Run, train: Train | None, version: DatasetVersion, missing: list[str], known: set[str]
) -> "tuple[Untrainable, ...]":
    """Tokenised again, as training did, by the tokenizer beside the adapter; none where that is not there."""
    if train is None:
        return ()
    # One that was trained on goes along: `prepare` refuses data of which nothing can be.
    examples = [*examples_of(version, missing), *examples_of(version, [min(known)])]
    try:
        from train.fitting.model import Base, load_tokenizer
        from train.tokens import prepare

        tokenizer = load_tokenizer(Base(str(run.adapter), local=True))
        return prepare(examples, tokenizer, train.max_length, train.turn_weights).untrainable
    except (SiftuneError, ImportError):
        return ()


def examples_of(version: DatasetVersion, ids: list[str]) -> list[Example]:
    """The examples with these ids, in the version's order."""
    from schemas.arrow import example_of

    return [
        example_of(row, split)
        for split, n in version.splits.items()
        if n
        for row in version.read(
            f"data/{split}.parquet", filters=[("example_id", "in", sorted(ids))]
        ).to_pylist()
    ]
