"""The memory estimator of `train plan` against peaks that others measured and published.

    python -m bench.memory

Every row of `bench/memory_tables.yaml` is printed with its error, and so is what was left out, and why. Rows
that were looked at while the estimator was written are marked; the verdict is over all measured rows, and
over those not looked at. Figures that their authors call estimates are judged apart, and a row that cannot
be what it says it is (`doubted`) is printed and not judged. Exits 1 when the median error over the measured
rows is above 15 %, or one above 25 %.
"""

import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from train.plan.memory import CONTEXT, FRAGMENTATION, Batch, estimate, resident
from train.plan.setup import Setup
from train.plan.shape import Shape, read_shape

_TABLES = Path(__file__).with_name("memory_tables.yaml")
_MEDIAN, _WORST = 0.15, 0.25
_UNITS = {"GB": 1e9, "GiB": 2**30}


@dataclass(frozen=True, slots=True)
class Row:
    """A published figure and ours, in bytes."""

    source: str
    what: str
    counts: str
    looked_at: bool
    published: float
    ours: float
    moment: str
    doubted: str

    @property
    def error(self) -> float:
        return self.ours / self.published - 1


def main() -> int:
    tables = YAML(typ="safe").load(_TABLES.read_text(encoding="utf-8"))
    rows = list(compare(tables))
    for source in dict.fromkeys(row.source for row in rows):
        print(f"\n{source}: {tables['sources'][source]['address']}")
        for row in (row for row in rows if row.source == source):
            print(_line(row))
    print("\nleft out:")
    for reason in tables["left_out"]:
        print(f"  {reason}")
    _overhead(tables["overhead"])
    measured = [row for row in rows if row.counts != "stated" and not row.doubted]
    print()
    median, worst = _verdict("measured", measured)
    _verdict("measured, not looked at", [row for row in measured if not row.looked_at])
    _verdict("stated estimates", [row for row in rows if row.counts == "stated"])
    met = median <= _MEDIAN and worst <= _WORST
    print(f"target: median ≤ {_MEDIAN:.0%}, worst ≤ {_WORST:.0%}: {'met' if met else 'NOT met'}")
    return 0 if met else 1


def compare(tables: dict[str, Any]) -> Iterable[Row]:
    """Every row of the tables with our figure for it."""
    shapes: dict[str, Shape] = {}
    for row in tables["rows"]:
        name = row["model"]
        shape = shapes.setdefault(name, _shape(tables["models"][name]))
        setup = _setup(tables["setups"], row["setup"], row.get("change", {}))
        batch = Batch(row["sequences"], row["length"])
        parts = estimate(shape, setup, batch)
        ours = {
            "allocated": parts.allocated,
            "reserved": parts.allocated + parts.fragmentation,
            "stated": parts.total,
            # The last batch's logits, where the script still holds them
            "between": resident(shape, setup) + batch.tokens * shape.vocabulary * setup.compute,
        }[row["counts"]]
        yield Row(
            source=row["source"],
            what=f"{name} {row['setup']} r{setup.rank} {batch.sequences} × {batch.length}",
            counts=row["counts"],
            looked_at=row["looked_at"],
            published=row["figure"] * _UNITS[row["unit"]],
            ours=ours,
            moment=parts.moment,
            doubted=row.get("doubted", ""),
        )


def _shape(config: dict[str, Any]) -> Shape:
    from transformers import AutoConfig

    settings = {key: value for key, value in config.items() if key != "model_type"}
    return read_shape(AutoConfig.for_model(config["model_type"], **settings))


def _setup(setups: dict[str, Any], name: str, change: dict[str, Any]) -> Setup:
    settings = dict(setups[name])
    while "base" in settings:
        settings = {**setups[settings.pop("base")], **settings}
    settings |= change
    targets = settings.get("targets", "all-linear")
    return Setup(**settings | {"targets": targets if isinstance(targets, str) else tuple(targets)})


def _line(row: Row) -> str:
    seen = f"DOUBTED: {row.doubted}" if row.doubted else "looked at" if row.looked_at else ""
    return (
        f"  {row.what:46} {row.published / 1e9:8.2f} GB  ours {row.ours / 1e9:8.2f}  {row.error:+6.1%}"
        f"  {row.counts:9} {row.moment:8} {seen}"
    )


def _overhead(rows: list[dict[str, Any]]) -> None:
    """What the device showed above PyTorch's peak, beside our allowance for it."""
    print("\nabove PyTorch's peak, for CUDA's context and fragments:")
    for row in rows:
        above = row["device_mib"] * 2**20 - row["allocated"]
        ours = CONTEXT + FRAGMENTATION * (row["allocated"] - row["before"])
        print(f"  {row['run']:30} {above / 1e9:6.2f} GB  allowed {ours / 1e9:6.2f}")


def _verdict(name: str, rows: list[Row]) -> tuple[float, float]:
    errors = [abs(row.error) for row in rows]
    median, worst = statistics.median(errors), max(errors)
    print(f"{name}: {len(rows)} rows, median error {median:.1%}, worst {worst:.1%}")
    return median, worst


if __name__ == "__main__":
    sys.exit(main())
