"""Presidio's pattern recognisers, imported without its engines and what those import: spaCy, transformers and
torch take most of the time that its package takes.

The package imports all of itself. For the time of this import its engines are a stand-in, and transformers
and torch, which some recognisers try for, are not installed in this thread. What is imported so is this
module's own: whoever imports `presidio_analyzer` gets all of it, anew, and works as ever. Where it is
imported already, that is taken.
"""

import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_PACKAGE = "presidio_analyzer"
_ENGINES = f"{_PACKAGE}.nlp_engine"
_HIDDEN = ("transformers", "torch")


class _Hider:
    """A finder (PEP 451) before all others to which what is hidden is not installed."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, *_: object) -> None:
        if name in _HIDDEN and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{name} is not imported for Presidio", name=name)


class _Engines(ModuleType):
    """In the place of the package of engines: what recognisers take of it, they take to name its type. Its
    modules can be imported."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


@contextmanager
def _lean() -> Iterator[None]:
    if _PACKAGE in sys.modules:
        yield
        return
    hider = _Hider()
    engines = _Engines(_ENGINES)
    found = importlib.util.find_spec(_PACKAGE)
    if found is not None:
        engines.__path__ = [f"{folder}/nlp_engine" for folder in found.submodule_search_locations or ()]
    sys.meta_path.insert(0, hider)
    sys.modules[_ENGINES] = engines
    try:
        yield
    finally:
        sys.meta_path.remove(hider)
        for name in [n for n in list(sys.modules) if n.partition(".")[0] == _PACKAGE]:
            del sys.modules[name]


with _lean():
    from presidio_analyzer import Pattern, PatternRecognizer, predefined_recognizers
    from presidio_analyzer.nlp_engine.ner_model_configuration import NerModelConfiguration

__all__ = ["NerModelConfiguration", "Pattern", "PatternRecognizer", "predefined_recognizers"]
