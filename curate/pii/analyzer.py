"""What is used of Presidio's analyzer, imported without transformers and torch, which take most of its time.

Presidio's package imports all its engines, two of which try `from transformers import pipeline` and do
without it where it is not installed. For the time of this import, and in this thread alone, it is not. What
the two then lack is put back as a function that imports it when called, so that they work as ever. spaCy,
which comes along, looks for torch in the same way, and a model of the recipe's may want it: whoever loads one
imports spaCy first.
"""

import importlib.util
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_TRANSFORMERS = "transformers"
_HIDDEN = (_TRANSFORMERS, "torch")
_ENGINES = (
    "presidio_analyzer.nlp_engine.huggingface_token_pipe",
    "presidio_analyzer.predefined_recognizers.ner.huggingface_ner_recognizer",
)


class _Hider:
    """A finder (PEP 451) before all others to which what is hidden is not installed."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if name in _HIDDEN and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{name} is not imported for Presidio", name=name)


@contextmanager
def _lean() -> Iterator[None]:
    if _TRANSFORMERS in sys.modules or "presidio_analyzer" in sys.modules:
        yield
        return
    installed = importlib.util.find_spec(_TRANSFORMERS) is not None
    hider = _Hider()
    sys.meta_path.insert(0, hider)
    try:
        yield
    finally:
        sys.meta_path.remove(hider)
    for name in _ENGINES:
        engine = sys.modules.get(name)
        if installed and engine is not None and getattr(engine, "hf_pipeline", _pipeline) is None:
            vars(engine)["hf_pipeline"] = _pipeline


def _pipeline(*args: Any, **kwargs: Any) -> Any:
    from transformers import pipeline

    return pipeline(*args, **kwargs)


with _lean():
    from presidio_analyzer import Pattern, PatternRecognizer, predefined_recognizers
    from presidio_analyzer.nlp_engine import NerModelConfiguration

__all__ = ["NerModelConfiguration", "Pattern", "PatternRecognizer", "predefined_recognizers"]
