"""The noise floor: how far losses move when nothing but the seed changes.

Reruns of a run are runs beside it, or of a bisect, with its data, base, template, prompt and settings, and
other seeds. Were B one more of them, its loss would lie within mean ± t · s · √(1 + 1/n) of theirs in 95 of
100 cases: the prediction interval of one more draw from a normal distribution. With two runs it is wide, as
it has to be; with three or more it begins to tell. Where B has reruns of its own, the means of both are held
against each other, by Student's two-sample t, which is the same where B stands alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from schemas.errors import RunError
from train.auditing.common import Common
from train.auditing.comparable import differences
from train.store import INFO, Run, load_run

INDIFFERENT = ("seed", "kept step", "state")  # what may differ between reruns
_SHARE = 0.975
_OF_BISECTS = "bisects/runs"  # beside a workspace's runs: where `train bisect` has its own


@dataclass(frozen=True, slots=True)
class Floor:
    """Of some examples: mean loss of A and its reruns, and how far from it that of as many runs as B's would
    lie in 95 of 100 cases, in nats per token. `b`: the mean loss of B and its reruns. `p`: of means as far
    apart, were they all runs of one. `q`: that B differs both from A on these examples and from its reruns,
    corrected for the family; None until then."""

    mean: float
    half: float
    p: float
    b: float
    q: float | None = None


@dataclass(frozen=True)
class Seeds:
    """Runs alike but for their seeds; `nll` (runs, examples) of the common examples, in nats."""

    runs: tuple[Run, ...]
    nll: Floats


@dataclass(frozen=True)
class Noise:
    """`a`: A, then its reruns. `b`: B's reruns, B not among them. `tokens`: of the common examples."""

    a: Seeds
    b: Seeds
    tokens: Floats

    @property
    def known(self) -> bool:
        return len(self.a.runs) + len(self.b.runs) > 1

    def floor(self, member: NDArray[np.bool_], loss: float) -> Floor | None:
        """`loss` is B's, over the same examples. None where there is no rerun."""
        if not self.known:
            return None
        from scipy.stats import t

        size = self.tokens[member].sum()
        first = self.a.nll[:, member].sum(axis=1) / size
        second = np.array([loss, *self.b.nll[:, member].sum(axis=1) / size])
        n, m = len(first), len(second)
        squares = sum(float(((one - one.mean()) ** 2).sum()) for one in (first, second))
        error = np.sqrt(squares / (n + m - 2) * (1 / n + 1 / m))
        away = float(second.mean() - first.mean())
        p = 2 * t.sf(abs(away) / error, n + m - 2) if error else float(away == 0)
        if (away > 0) != (loss > first[0]):  # A and B themselves differ the other way
            p = 1.0
        half = float(t.ppf(_SHARE, n + m - 2) * error)
        return Floor(float(first.mean()), half, float(p), float(second.mean()))


def noise(a: Run, b: Run, found: Common) -> Noise:
    """From the runs that stand beside A and B."""
    own = found.rows["nll_a"].to_numpy(np.float64)
    of_a = _seeds(reruns(a, b), found)
    known = {one.id for one in of_a.runs}
    # Where but the seed differs, the reruns of both are A's.
    of_b = _seeds((one for one in reruns(b, a) if one.id not in known), found)
    own_first = Seeds((a, *of_a.runs), np.vstack([own, of_a.nll]))
    return Noise(own_first, of_b, found.rows["n_tokens"].to_numpy(np.float64))


def _seeds(runs: Iterable[Run], found: Common) -> Seeds:
    """Those that measured every common example."""
    losses = [(one, nll) for one in runs if np.isfinite(nll := found.nll(one)).all()]
    return Seeds(
        tuple(one for one, _ in losses), np.array([nll for _, nll in losses]).reshape(-1, len(found.rows))
    )


def reruns(a: Run, b: Run) -> Iterator[Run]:
    """Of A, by name. B itself is none, even where nothing but its seed differs: it is what is judged."""
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
