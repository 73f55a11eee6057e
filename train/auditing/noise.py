"""The noise floor: how far losses move when nothing but the seed changes.

Reruns of A are runs beside it, or of a bisect, with its data, base, template, prompt and settings, and other
seeds. Were B one more of them, its loss would lie within mean ± t · s · √(1 + 1/n) of theirs in 95 of 100
cases: the prediction interval of one more draw from a normal distribution. With two runs it is wide, as it
has to be; with three or more it begins to tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.errors import RunError
from train.auditing.common import Common
from train.auditing.comparable import differences
from train.store import INFO, Run, load_run

Floats = NDArray[np.float64]
INDIFFERENT = ("seed", "kept step", "state")  # what may differ between reruns
_SHARE = 0.975
_OF_BISECTS = "bisects/runs"  # beside a workspace's runs: where `train bisect` has its own


@dataclass(frozen=True, slots=True)
class Floor:
    """Of some examples, over A and its reruns: mean loss, and half the width of the prediction interval, in
    nats per token. `p`: of a loss as far off as B's, were B one more of them. `q`: that B differs both from A
    on these examples and from its reruns, corrected for the family; None until then."""

    mean: float
    half: float
    p: float
    q: float | None = None


@dataclass(frozen=True)
class Noise:
    """`runs`: A, then its reruns; `nll` (runs, examples) of the common examples."""

    runs: tuple[Run, ...]
    nll: Floats
    tokens: Floats

    @property
    def known(self) -> bool:
        return len(self.runs) > 1

    def floor(self, member: NDArray[np.bool_], loss: float) -> Floor | None:
        """`loss` is B's, over the same examples. None where there is no rerun."""
        if not self.known:
            return None
        from scipy.stats import t

        n = len(self.runs)
        losses = self.nll[:, member].sum(axis=1) / self.tokens[member].sum()
        error, away = losses.std(ddof=1) * np.sqrt(1 + 1 / n), abs(loss - losses.mean())
        p = 2 * t.sf(away / error, n - 1) if error else float(away == 0)
        return Floor(float(losses.mean()), float(t.ppf(_SHARE, n - 1) * error), float(p))


def noise(a: Run, b: Run, found: Common) -> Noise:
    """From the runs that stand beside A."""
    own = found.rows["nll_a"].to_numpy(np.float64)
    measured = {one.id: nll for one in reruns(a, b) if np.isfinite(nll := found.nll(one)).all()}
    runs = (a, *(one for one in reruns(a, b) if one.id in measured))
    tokens = found.rows["n_tokens"].to_numpy(np.float64)
    return Noise(runs, np.stack([own, *measured.values()]), tokens)


def reruns(a: Run, b: Run) -> Iterator[Run]:
    """By name. B itself is none, even where nothing but its seed differs: it is what is judged."""
    runs = a.path.parent
    for file in sorted(f for of in (runs, runs.parent / _OF_BISECTS) for f in of.glob(f"[!.]*/{INFO}")):
        if file.parent.name in (a.id, b.id):
            continue
        try:
            one = load_run(file.parent)
            same = one.finished and one.info.task == a.info.task
            if same and {d.name for d in differences(a, one)} <= set(INDIFFERENT):
                yield one
        except RunError:  # one that cannot be read is no witness
            continue


def how_to(a: Run) -> str:
    """The words that say how reruns are made."""
    seeds = ", ".join(str(a.info.seed + n) for n in (1, 2, 3))
    return (
        f"put `sweep: {{method: list, settings: [{{}}], seeds: [{seeds}]}}` beside the `train` of run {a.id} "
        f"and run `train sweep --version {a.info.dataset_version}`"
    )
