"""Which language a text is in: py3langid's identifier, its walk over a text's bytes compiled.

The walk in Python is most of what a text costs. Where compiled code is not loaded yet, it stays with that;
scores are the same to the last bit.
"""

import sys
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE, LanguageIdentifier


class Identifier(LanguageIdentifier):  # type: ignore[misc]
    """`classify(text)` gives a code and its probability."""

    _one_at_a_time = Lock()  # what compiled code has seen of a text stands in one array

    @classmethod
    def loaded(cls) -> "Identifier":
        """Of all languages that the package's model knows."""
        made: Identifier = cls.from_model_file(MODEL_FILE, norm_probs=True)
        return made

    def _raw_score(self, text: bytes) -> Any:
        if "numba" not in sys.modules:
            return super()._raw_score(text)
        from curate.quality.kernels import visit

        moves, rows, features, seen = self._automaton
        found, counts = np.empty((2, len(text)), np.int32)
        with self._one_at_a_time:
            met = visit(np.frombuffer(text, np.uint8), moves, rows, features, seen, found, counts)
        if not met:
            return np.zeros(len(self.nb_classes), np.float32)
        return np.log1p(counts[:met], dtype=np.float32) @ self.nb_ptc[found[:met]] + self.nb_pc

    @cached_property
    def _automaton(self) -> tuple[npt.NDArray[Any], ...]:
        return (
            np.frombuffer(self.tk_nextmove, np.uint32),
            np.array(self._rowbase, np.int64),
            np.array(self.tk_output, np.int32),
            np.zeros(max(self.tk_output) + 1, np.int32),
        )
