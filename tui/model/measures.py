"""Numbers by row of the corpus, by which a list is sorted and filtered: losses of the run, lengths, flags."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from schemas.errors import UsageError
from train.dynamics.columns import COLUMNS, LACKS, MENDS, SIGNALS, Signal
from tui.model.corpus import Corpus
from tui.model.losses import Losses


@dataclass(frozen=True, slots=True)
class Measure:
    """`values` by row, NaN where there is none; `decimals` are those to show."""

    name: str
    values: Floats
    unit: str
    decimals: int


_OF_TEXT: dict[str, tuple[Callable[[Corpus], NDArray[np.int64]], str, str]] = {
    "chars": (Corpus.lengths, "characters", "characters of the conversation, system prompt left out"),
    "turns": (Corpus.turns, "turns", "messages, system prompt left out"),
    "flags": (Corpus.flag_counts, "flags", "flags that stages set"),
}
_OF_RUN: dict[str, tuple[Callable[[Losses], Floats], str, str]] = {
    "loss": (lambda run: run.adapter, "nats/token", "the adapter's loss"),
    "base": (lambda run: run.base, "nats/token", "the base model's loss"),
    "gain": (lambda run: run.gain, "nats/token", "what training took off the loss"),
    "rise": (lambda run: run.rise, "nats/token", "the loss above its lowest"),
    "tokens": (lambda run: run.n_tokens.astype(np.float64), "tokens", "trained tokens"),
}
_SIGNALS: dict[str, Signal] = {name: name for name in SIGNALS if name not in _OF_RUN}
MEASURE_HELP = (
    *((name, text) for name, (_, _, text) in (_OF_TEXT | _OF_RUN).items()),
    *((name, COLUMNS[signal].says) for name, signal in _SIGNALS.items()),
)
MEASURES = tuple(name for name, _ in MEASURE_HELP)


class Measures:
    """Each is worked out when first asked for; those of the text are kept, as they cost a pass over it."""

    def __init__(self, corpus: Corpus, losses: Losses | None) -> None:
        self._corpus = corpus
        self._losses = losses
        self._kept: dict[str, Measure] = {}

    @property
    def names(self) -> list[str]:
        """Those that there are here; a run may still lack what one of the last needs."""
        return list(MEASURES if self._losses else _OF_TEXT)

    @property
    def cheap(self) -> list[str]:
        """Those that need no replay of the run."""
        return [*_OF_TEXT, *(_OF_RUN if self._losses else ())]

    def of(self, name: str) -> Measure:
        """Raises UsageError for one that does not exist or that the run did not measure."""
        if name not in self._kept:
            measure = self._made(name)
            if name not in _OF_TEXT:
                return measure
            self._kept[name] = measure
        return self._kept[name]

    def _made(self, name: str) -> Measure:
        if name in _OF_TEXT:
            count, unit, _ = _OF_TEXT[name]
            return Measure(name, count(self._corpus).astype(np.float64), unit, 0)
        if self._losses is None:
            raise UsageError(f"{name} is of a run, and there is none", "run `train run` first")
        if name in _OF_RUN:
            values, unit, _ = _OF_RUN[name]
            return Measure(name, values(self._losses), unit, 0 if unit == "tokens" else 2)
        if name not in _SIGNALS:
            raise UsageError(f"nothing is called {name}", f"use one of {', '.join(self.names)}")
        signal = _SIGNALS[name]
        column = COLUMNS[signal]
        if not self._losses.dynamics.measured(signal):
            raise UsageError(f"run {self._losses.run}: {LACKS[column.needs]}", MENDS[column.needs])
        return Measure(name, self._losses.dynamics.signal(signal)[0], column.unit, 2)
