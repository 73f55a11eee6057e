"""Queues: which rows to review, and in what order."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from schemas.errors import UsageError
from train.dynamics.columns import COLUMNS, LACKS, MENDS, Signal
from train.saved_queue import Saved, read_queue
from tui.model.corpus import ABSENT, Corpus, Mask, Rows
from tui.model.losses import Losses

PAIRS = "augmented"  # the queue whose examples are looked at in pairs
DISAGREEMENT = "disagreement"  # the queue whose decisions are adjudications
EVERYTHING = "random"  # the queue that holds all examples
_SEED = 17  # of the random queue: the same order each day, so that an audit can go on


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows in order, and the number that put each there by row of the corpus: NaN where there is none."""

    name: str
    rows: Rows
    signal: NDArray[np.float64]
    unit: str


@dataclass(frozen=True, slots=True)
class _Ground:
    corpus: Corpus
    losses: Losses | None
    undecided: Mask
    conflicts: Mask

    @property
    def run(self) -> Losses:
        if self.losses is None:
            raise UsageError("this queue needs a run, and there is none", "run `train run` first")
        return self.losses


def _by_loss(ground: _Ground) -> Queue:
    return _ordered("loss", ground.run.adapter, ground.run.adapter, "nats/token")


def _by_gain(ground: _Ground) -> Queue:
    return _ordered("gain", ground.run.gain, -ground.run.gain, "nats/token")


def _by_rise(ground: _Ground) -> Queue:
    return _ordered("rise", ground.run.rise, ground.run.rise, "nats/token")


def _by_signal(name: Signal) -> Callable[[_Ground], Queue]:
    """By what the losses over time tell. Raises UsageError where the run did not measure it."""

    def build(ground: _Ground) -> Queue:
        column = COLUMNS[name]
        values, worse = ground.run.dynamics.signal(name)
        if np.isnan(worse).all():
            raise UsageError(f"run {ground.run.run}: {LACKS[column.needs]}", MENDS[column.needs])
        return _ordered(name, worse, worse, column.unit, shown=values)

    return build


def _saved(name: Saved) -> Callable[[_Ground], Queue]:
    """A queue that a command left. Raises UsageError where it holds nothing of the version."""

    def build(ground: _Ground) -> Queue:
        corpus = ground.corpus
        kept = read_queue(corpus.workspace, name) if corpus.workspace else None
        values = np.full(len(corpus), np.nan)
        order = np.full(len(corpus), np.nan)
        if kept is not None:
            at = corpus.rows_of([example_id for example_id, _ in kept.rows])
            known = at != ABSENT
            values[at[known]] = np.array([value for _, value in kept.rows])[known]
            order[at[known]] = -np.flatnonzero(known)
        if np.isnan(values).all():
            made = f"no example of version {corpus.version} is in it" if kept else "no command made it yet"
            raise UsageError(f"the queue {name} is empty: {made}", _MADE_BY[name])
        return _ordered(name, values, order, kept.unit if kept else "", shown=values)

    return build


_MADE_BY: dict[Saved, str] = {
    "fix": "make it with `train fix A B`; --version names the version of B, or of A for what is gone",
    "drift": "make it with `train runs --compare --queue`",
}


def _by_flags(ground: _Ground) -> Queue:
    counts = ground.corpus.flag_counts()
    return _ordered("flags", np.where(counts > 0, counts, np.nan).astype(np.float64), counts, "flags")


def _pending(ground: _Ground) -> Queue:
    return _unsorted("pending", np.flatnonzero(ground.undecided), ground)


def _augmented(ground: _Ground) -> Queue:
    """Children of one parent stand together, in the order of their parents."""
    parents = ground.corpus.parent_rows
    if not ground.corpus.children.any():
        raise UsageError(
            "this queue holds augmented examples, and the version has none",
            "add `augment` to the recipe, then run `curate build`",
        )
    rows = np.flatnonzero(ground.corpus.children)
    return _unsorted(PAIRS, rows[np.argsort(parents[rows], kind="stable")], ground)


def _in_conflict(ground: _Ground) -> Queue:
    return _unsorted(DISAGREEMENT, np.flatnonzero(ground.conflicts), ground)


def _random(ground: _Ground) -> Queue:
    return _unsorted(EVERYTHING, np.random.default_rng(_SEED).permutation(len(ground.corpus)), ground)


def _ordered(
    name: str,
    signal: NDArray[np.float64],
    worst: NDArray[np.generic],
    unit: str,
    shown: NDArray[np.float64] | None = None,
) -> Queue:
    """Rows that have a signal, worst first, file order among equals. `shown`: the number beside each."""
    order = np.argsort(-worst.astype(np.float64), kind="stable")
    return Queue(name, order[~np.isnan(signal[order])], signal if shown is None else shown, unit)


def _unsorted(name: str, rows: Rows, ground: _Ground) -> Queue:
    """Beside each row stands its loss, where there is a run."""
    if ground.losses is None:
        return Queue(name, rows.astype(np.int64), np.full(len(ground.corpus), np.nan), "")
    return Queue(name, rows.astype(np.int64), ground.losses.adapter, "nats/token")


_Needs = Literal["run", "children", "conflicts", "nothing", "fix", "drift"]
_QUEUES: dict[str, tuple[Callable[[_Ground], Queue], _Needs, str]] = {
    "loss": (_by_loss, "run", "highest loss of the adapter first"),
    "gain": (_by_gain, "run", "what training helped least, or hurt, first"),
    "rise": (_by_rise, "run", "whose loss rose most above its lowest, first"),
    "noise": (_by_signal("noise"), "run", "most likely wrong first, with the parts that say why"),
    "confidence": (_by_signal("confidence"), "run", "what the model was least sure of, first"),
    "variability": (_by_signal("variability"), "run", "what it was now sure of and now not, first"),
    "forgotten": (_by_signal("forgotten"), "run", "what was learned and then forgotten, first"),
    "learned": (_by_signal("learned"), "run", "what was never or last learned word for word, first"),
    "ifd": (_by_signal("ifd"), "run", "whose prompt helps least to say its answer, first (`train ifd`)"),
    "flags": (_by_flags, "nothing", "flagged examples, most flags first"),
    "fix": (_saved("fix"), "fix", "changed rows that may have made a run worse, from `train fix`"),
    "drift": (_saved("drift"), "drift", "what many runs find hard or forget, from `train runs --compare`"),
    PAIRS: (_augmented, "children", "augmented examples, each beside its parent"),
    DISAGREEMENT: (_in_conflict, "conflicts", "on which annotators disagree; to decide ends the conflict"),
    "pending": (_pending, "nothing", "without your verdict, in file order"),
    EVERYTHING: (_random, "nothing", "all examples, in an order that stays the same"),
}
QUEUE_HELP = tuple((name, text) for name, (_, _, text) in _QUEUES.items())


def available(corpus: Corpus, losses: Losses | None, conflicts: Mask) -> list[str]:
    """Queues in the order that they are offered in; a run may still lack what one of them needs."""
    there: dict[_Needs, bool] = {
        "run": losses is not None,
        "children": bool(corpus.children.any()),
        "conflicts": bool(conflicts.any()),
        "nothing": True,
        "fix": _is_saved(corpus, "fix"),
        "drift": _is_saved(corpus, "drift"),
    }
    return [name for name, (_, needs, _) in _QUEUES.items() if there[needs]]


def _is_saved(corpus: Corpus, name: Saved) -> bool:
    """Whether a command left one that has examples of this version."""
    kept = read_queue(corpus.workspace, name) if corpus.workspace else None
    return kept is not None and bool((corpus.rows_of([i for i, _ in kept.rows]) != ABSENT).any())


def build_queue(name: str, corpus: Corpus, losses: Losses | None, undecided: Mask, conflicts: Mask) -> Queue:
    """Raises UsageError for a queue that does not exist, or that needs a run or children."""
    if name not in _QUEUES:
        near = difflib.get_close_matches(name, _QUEUES, 1)
        raise UsageError(
            f"no queue is called {name!r}",
            f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(_QUEUES)}",
        )
    return _QUEUES[name][0](_Ground(corpus, losses, undecided, conflicts))
