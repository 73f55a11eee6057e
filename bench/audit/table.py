"""Trials as tables in Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.audit.faults import CONTROLS, FAULTS
from bench.audit.trial import SCORED

Trial = Mapping[str, Any]


def tables(trials: Sequence[Trial]) -> str:
    """Detection and slices by fault; false alarms of controls; how each signal ranks; what it cost."""
    faults = [one for one in FAULTS if any(t["fault"] == one for t in trials)]
    parts = ["### Was it found?", "", *_found(trials, faults), ""]
    for title, figure in (
        ("AUROC of the planted rows among the changed ones (0.50 by chance)", "auroc"),
        ("Precision at k: of as many rows as were planted, the most suspect ones, the share", "precision"),
    ):
        parts += [f"### {title}", "", *_ranked(trials, faults, figure), ""]
    passes = sum(t["gradient_passes"] for t in trials)
    seconds = sum(t["gradient_s"] for t in trials)
    if passes:
        parts.append(f"Gradients: {1000 * seconds / passes:.1f} s per thousand, over {passes:,} passes.")
    parts.append(
        f"B built and trained in {np.mean([t['train_s'] for t in trials]):.1f} s, "
        f"audited in {np.mean([t['audit_s'] for t in trials]):.1f} s, in the mean."
    )
    return "\n".join(parts)


def _found(trials: Sequence[Trial], faults: Sequence[str]) -> Iterator[str]:
    yield "| planted | trials | regression told | slice named | and no other | setting told |"
    yield "|---|---|---|---|---|---|"
    for fault in faults:
        own = [t for t in trials if t["fault"] == fault]
        cells = [f"{sum(t[what] for t in own)}" for what in ("worse", "named", "alone", "setting")]
        name = f"{fault} (control)" if fault in CONTROLS else fault
        yield f"| {name} | {len(own)} | {' | '.join(cells)} |"


def _ranked(trials: Sequence[Trial], faults: Sequence[str], figure: str) -> Iterator[str]:
    planted = [one for one in faults if one not in CONTROLS]
    yield f"| signal | {' | '.join(planted)} | all |"
    yield f"|---|{'---|' * (len(planted) + 1)}"
    for signal in SCORED:
        name = {"rank": "combined", "nearness": "nearness (TF-IDF)"}.get(signal, signal)
        by = [_values(trials, signal, figure, [fault]) for fault in planted]
        every = _values(trials, signal, figure, planted)
        yield f"| {name} | {' | '.join(map(_cell, [*by, every]))} |"


def _values(trials: Sequence[Trial], signal: str, figure: str, faults: Sequence[str]) -> list[float]:
    own = (t["scores"].get(signal, {}).get(figure) for t in trials if t["fault"] in faults)
    return [one for one in own if one is not None]


def _cell(values: Sequence[float]) -> str:
    """The mean, the least and the most, and of how many trials."""
    if not values:
        return "–"
    return f"{np.mean(values):.2f} ({min(values):.2f}–{max(values):.2f}, n = {len(values)})"
