"""The text of a filter and what it means: a list of terms, all of which must match.

    refund "too late" flag:pii source:"my tickets" -is:kept loss>3

Bare words and phrases in quotes are looked for in the conversation; `text:` is the same, spelled out. A minus
before a field turns it round. Inside quotes `""` is a quote. `written(parsed(text))` means what `text` does,
and `parsed(written(terms)) == terms`.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.errors import UsageError
from tui.model.measures import MEASURES
from tui.model.verdicts import STATES as VERDICT_STATES

TEXT = "text"
STATE = "is"
MARKED = "marked"
STATES = (*VERDICT_STATES, MARKED)
FIELDS = (
    TEXT, "flag", "source", "tag", "split", "strategy", "stage", "reason", "label", "by", STATE,
)  # fmt: skip
COMPARISONS = ("<=", ">=", "<", ">", "=")
HAS = ":"

_TOKEN = re.compile(r'(?:"(?:[^"]|"")*(?:"|\Z)|[^\s"])+')
_QUOTED = re.compile(r'"((?:[^"]|"")*)(?:"|\Z)')
_FIELD = re.compile(rf"(-?)([a-z_]+)({'|'.join((HAS, *COMPARISONS))})(.*)", re.DOTALL)
_PLAIN = re.compile(r'[^\s"]*')


@dataclass(frozen=True, slots=True)
class Term:
    """`field` is one of FIELDS with `sign` HAS, or a measure with a comparison and a number as `value`."""

    field: str
    value: str
    sign: str = HAS
    negated: bool = False

    @property
    def text(self) -> str:
        minus = "-" if self.negated else ""
        value = _quoted(self.value)
        if self.field == TEXT and not self.negated and _is_bare(value):
            return value
        return f"{minus}{self.field}{self.sign}{value}"


def parsed(text: str) -> tuple[Term, ...]:
    """Raises UsageError for a term that means nothing, with the nearest that does."""
    found = (_term(token[0]) for token in _TOKEN.finditer(text))
    return tuple(term for term in found if term != Term(TEXT, ""))


def written(terms: Iterable[Term]) -> str:
    return " ".join(term.text for term in terms)


def _term(token: str) -> Term:
    match = _FIELD.fullmatch(token)
    if match is None:
        return Term(TEXT, _unquoted(token))
    minus, name, sign, rest = match.groups()
    value, negated = _unquoted(rest), bool(minus)
    if name in FIELDS and sign == HAS:
        return Term(name, _state(value) if name == STATE else value, HAS, negated)
    if name in MEASURES:
        return Term(name, _number(name, sign, value), sign, negated)
    known = FIELDS if sign == HAS else MEASURES
    near = difflib.get_close_matches(name, known, 1)
    if near:
        raise UsageError(f"no filter is called {name}{sign}", f"did you mean {near[0]}{sign}?")
    return Term(TEXT, _unquoted(token))


def _state(value: str) -> str:
    if value in STATES:
        return value
    near = difflib.get_close_matches(value, STATES, 1, 0.0)
    raise UsageError(f"is:{value} is no state", f"did you mean is:{near[0]}?")


def _number(name: str, sign: str, value: str) -> str:
    try:
        if sign == HAS or not float(value) == float(value):
            raise ValueError
    except ValueError:
        raise UsageError(
            f"{name} is a number, and {name}{sign}{value} compares it with none",
            f'write {name}>2, say, or put the words in quotes: "{name}{sign}{value}"',
        ) from None
    return value.strip()


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else '"' + value.replace('"', '""') + '"'


def _unquoted(token: str) -> str:
    return _QUOTED.sub(lambda match: match[1].replace('""', '"'), token)


def _is_bare(token: str) -> bool:
    """Whether a token is read as words and as nothing else."""
    if not token:
        return False
    match = _FIELD.fullmatch(token)
    if match is None:
        return True
    try:
        return _term(token).field == TEXT and match[2] != TEXT
    except UsageError:
        return False
