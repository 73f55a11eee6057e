"""What `/` understands: words to find in the text, and `flag:`, `source:`, `tag:`, `split:`,
`strategy:`, `is:`."""

import difflib
import shlex
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from schemas.errors import UsageError
from tui.model.corpus import Corpus, Mask

_FIELDS: dict[str, Callable[[Corpus, str], Mask]] = {
    "flag": Corpus.with_flag,
    "source": Corpus.with_source,
    "tag": Corpus.with_tag,
    "split": Corpus.in_split,
    "strategy": Corpus.with_strategy,
}
_STATES = ("undecided", "decided", "skipped", "kept", "dropped", "edited")
FILTER_HELP = (
    ("refund late", "both words stand in the conversation"),
    ('"too late"', "the phrase stands in it"),
    ("flag:pii", "a flag with these letters; flag: alone is any flag"),
    ("source:tickets", "the source's path has these letters"),
    ("tag:billing", "a tag has these letters"),
    ("split:train", "the split, or the start of its name"),
    ("strategy:para", "augmented by a strategy with these letters"),
    (f"is:{_STATES[0]}", f"your verdict: {', '.join(_STATES)}"),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """All terms must match."""

    words: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    states: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Raises UsageError for a term that means nothing, with the nearest that does."""
        words: list[str] = []
        fields: list[tuple[str, str]] = []
        states: list[str] = []
        for term in _terms(text):
            name, colon, value = term.partition(":")
            if colon and name in _FIELDS:
                fields.append((name, value))
            elif colon and name == "is":
                states.append(_state(value))
            elif colon and name.isalpha() and (near := difflib.get_close_matches(name, [*_FIELDS, "is"], 1)):
                raise UsageError(f"no filter is called {name}:", f"did you mean {near[0]}:?")
            else:
                words.append(term)
        return cls(tuple(words), tuple(fields), tuple(states))

    def mask(self, corpus: Corpus, states: dict[str, Mask]) -> Mask:
        """Rows that match; `states` are the rows of each state by its name."""
        found = np.ones(len(corpus), dtype=np.bool_)
        for name, value in self.fields:
            found &= _FIELDS[name](corpus, value)
        for state in self.states:
            found &= states[state]
        for word in self.words:
            found &= corpus.containing(word)
        return found


def _terms(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.replace('"', " ").split()


def _state(value: str) -> str:
    if value in _STATES:
        return value
    near = difflib.get_close_matches(value, _STATES, 1, 0.0)
    raise UsageError(f"is:{value} is no state", f"did you mean is:{near[0]}?")
