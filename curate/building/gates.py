"""Gates of `curate build --check`: what must hold before a script goes on to train.

They look at the version as it stands on disk, so that they hold for one built before as for a new one.
"""

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from curate.building.residue import pii_residue
from curate.building.usable import rejections
from curate.sources import LocatedFile
from curate.version import SPLITS, DatasetVersion
from schemas.errors import GateError
from schemas.manifest import Manifest
from schemas.recipe import Checks, Recipe

OVER_SHARE = "over_share"
LEAK = "leak:"


@dataclass(frozen=True, slots=True)
class Failure:
    """What does not hold and where, and how to mend it."""

    problem: str
    mend: str


def failures(
    recipe: Recipe, version: DatasetVersion, root: Path, files: Sequence[LocatedFile]
) -> list[Failure]:
    """Every gate that fails; empty when all hold. `root` is the recipe's folder, `files` are its sources'.
    Raises SourceError."""
    rejected = rejections(recipe, files, version)
    return [
        *([Failure(*rejected)] if rejected else ()),
        *_leaks(version),
        *_unfinished(recipe, version.manifest),
        *_removals(recipe.checks, version),
        *_pins(recipe.checks.pin, version.manifest),
        *(_residue(recipe, version, root) if recipe.checks.pii_residue else ()),
    ]


def gate_error(version: DatasetVersion, failed: list[Failure]) -> GateError:
    """All failures as one error, each with its mend."""
    problems = "\n       ".join(f.problem for f in failed)
    mends = "; ".join(dict.fromkeys(f.mend for f in failed))
    return GateError(f"version {version.version}: {problems}", f"{mends} ({version.path / 'report.html'})")


def _leaks(version: DatasetVersion) -> Iterator[Failure]:
    leaks = version.manifest.leaks
    if leaks.cross_split_pairs and (kept := _kept_leaks(version)):
        yield Failure(
            f"{leaks.cross_split_pairs} near-duplicate pairs lie across splits: a reviewer kept {kept[0]}"
            + (f" and {len(kept) - 1:,} more" if len(kept) > 1 else "")
            + ", too near to a row of another split",
            "`curate review --queue augmented`, / flag:leak, then drop or edit it",
        )
    elif leaks.cross_split_pairs:
        yield Failure(
            f"{leaks.cross_split_pairs} near-duplicate pairs lie across splits",
            "this is a bug of the split stage: please report it",
        )
    if leaks.cross_split_groups:
        yield Failure(
            f"{leaks.cross_split_groups} groups lie across splits",
            "this is a bug of the split stage: please report it",
        )


def _kept_leaks(version: DatasetVersion) -> list[str]:
    """Augmented examples that stand too near to another split, and that a reviewer said to keep."""
    filters = [("stage", "=", "augment"), ("action", "=", "kept_by_review")]
    found = version.read("ledger.parquet", ["example_id", "reason"], filters).to_pylist()
    return [row["example_id"] for row in found if row["reason"].startswith(LEAK)]


def _unfinished(recipe: Recipe, manifest: Manifest) -> Iterator[Failure]:
    for name, rows in manifest.splits.items():
        if rows == 0 and getattr(recipe.split, name) > 0:
            yield Failure(f"the {name} split is empty", f"add rows, or set split.{name} to 0")
    if not manifest.complete:
        yield Failure(
            "an LLM has not answered everything", "build again, or raise max_usd of the LLM's section"
        )


def _removals(checks: Checks, version: DatasetVersion) -> Iterator[Failure]:
    read = {s.path: s.rows - s.rejected for s in version.manifest.sources}
    kept, over_share = _kept(version), _over_share(version)
    removed = {path: max(0, rows - kept[path] - over_share[path]) for path, rows in read.items()}
    total = sum(removed.values()) / (sum(read.values()) or 1)
    if total > checks.max_removed:
        yield Failure(
            f"{total:.1%} of all rows were removed, more than {checks.max_removed:.1%}",
            "`curate dropped` says which and why; loosen that stage, or raise checks.max_removed",
        )
    for pattern, limit in checks.max_removed_by_source.items():
        paths = [path for path in read if path == pattern or fnmatchcase(path, pattern)]
        if not paths:
            yield Failure(f"checks.max_removed_by_source: no source {pattern}", _nearest(pattern, read))
        for path in paths:
            rate = removed[path] / (read[path] or 1)
            if rate > limit:
                yield Failure(
                    f"{path}: {rate:.1%} of its rows were removed, more than {limit:.1%}",
                    "`curate dropped` says which and why; loosen that stage, or raise the limit",
                )


def _kept(version: DatasetVersion) -> Counter[str]:
    """Imported rows in the version, by source."""
    counts: Counter[str] = Counter()
    for split in SPLITS:
        for batch in version.batches(f"data/{split}.parquet", ["source", "parent_id"]):
            rows = zip(batch["source"].to_pylist(), batch["parent_id"].to_pylist(), strict=True)
            counts.update(source for source, parent in rows if parent is None)
    return counts


def _over_share(version: DatasetVersion) -> Counter[str]:
    """Rows that went because their source has a share: the user asked for it."""
    filters = [("reason", "=", OVER_SHARE), ("action", "=", "dropped")]
    details = version.read("ledger.parquet", ["detail"], filters)["detail"]
    return Counter(json.loads(detail)["source"] for detail in details.to_pylist())


def _pins(pins: Mapping[str, int | tuple[int, int]], manifest: Manifest) -> Iterator[Failure]:
    known = counts(manifest) if pins else {}
    stages = {s.name for s in manifest.stages}
    for name, pinned in pins.items():
        low, high = (pinned, pinned) if isinstance(pinned, int) else pinned
        stage, _, rest = name.partition(".")
        if name not in known and not (stage in stages and rest.startswith("dropped.")):
            yield Failure(f"checks.pin: there is no count {name!r}", _nearest(name, known))
        elif not low <= known.get(name, 0) <= high:
            wanted = f"{low:,}" if low == high else f"{low:,} to {high:,}"
            yield Failure(
                f"{name} is {known.get(name, 0):,}, pinned to {wanted}",
                "`curate diff` says what changed; if that is right, change the pin",
            )


def counts(manifest: Manifest) -> dict[str, int]:
    """Every count that a recipe can pin, by its name: `kept`, `train`, `dedup.dropped.near_duplicate`."""
    found = {name: getattr(manifest, name) for name in _COUNTS}
    found.update(manifest.splits)
    for stage in manifest.stages:
        found[f"{stage.name}.in"] = stage.rows_in
        found.update({f"{stage.name}.{field}": getattr(stage, field) for field in _STAGE_COUNTS})
        found[f"{stage.name}.dropped"] = sum(stage.dropped.values())
        found.update({f"{stage.name}.dropped.{reason}": n for reason, n in stage.dropped.items()})
    return found


_COUNTS = ("rows_in", "rejected", "dropped", "created", "kept", "decisions_applied")
_STAGE_COUNTS = ("kept", "edited", "flagged", "created")


def _residue(recipe: Recipe, version: DatasetVersion, root: Path) -> Iterator[Failure]:
    if recipe.pii is None:
        return
    for entity, ids in sorted(pii_residue(recipe.pii, version, root).items()):
        more = f" and {len(ids) - 1:,} more" if len(ids) > 1 else ""
        yield Failure(
            f"{entity} is still in the text of {ids[0]}{more}",
            "`curate review` edits such a row, or set pii.entities to drop that type",
        )


def _nearest(name: str, known: Mapping[str, object]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(known)}"
