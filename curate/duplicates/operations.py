"""Operations of a text: two operands with an operator between them (`3 + 4`, `n >= 0`, `a && b`).

Dedup compares words without the symbols between them, and so `3 + 4` and `3 - 4` are the same words. What
stands between two words of prose is no operation (`and/or`, `Mr Smith - the driver`), unless it compares or
joins as code does (`total <= limit`, `paid && sent`).
"""

import re
from collections.abc import Mapping

Operations = Mapping[tuple[str, str], frozenset[str]]
"""The operators that stand between two operands, by the two in lower case."""

_SYMBOLS = r"[-+*/^%<>=!&|~×·⋅÷−–≤≥≠]"
_SYMBOL = re.compile(_SYMBOLS)
_OPERATION = re.compile(rf"\b(\w++)[)\]]*+ *+({_SYMBOLS}(?: ?{_SYMBOLS})*+) *+(?=[(\[]*+(\w+))")
_SPELLINGS = str.maketrans(
    {"×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "≤": "<=", "≥": ">=", "≠": "!="}
)
_OF_WORDS = frozenset({"=", "==", "===", "!=", "!==", "<>", "<", ">", "<=", ">=", "&&", "||"})


def operations(text: str) -> Operations:
    if not _SYMBOL.search(text):
        return {}
    found: dict[tuple[str, str], set[str]] = {}
    for left, between, right in _OPERATION.findall(text.casefold()):
        operator = between.replace(" ", "").translate(_SPELLINGS)
        if operator in _OF_WORDS or _is_operand(left) or _is_operand(right):
            found.setdefault((left, right), set()).add(operator)
    return {operands: frozenset(operators) for operands, operators in found.items()}


def opposed(a: Operations, b: Operations) -> bool:
    """Whether two operands of both texts have no operator in common."""
    return any(a[operands].isdisjoint(b[operands]) for operands in a.keys() & b.keys())


def _is_operand(word: str) -> bool:
    """A number or a variable, and not a word of prose."""
    return len(word) == 1 or word[0].isdigit()
