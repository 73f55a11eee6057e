r"""Operations of a text: two operands with an operator between them (`3 + 4`, `n >= 0`, `a && b`).

Dedup compares words without the symbols between them, and so `3 + 4` and `3 - 4` are the same words. What
stands between two words of prose is no operation (`and/or`, `Mr Smith - the driver`), unless it compares or
joins as code does (`total <= limit`, `paid && sent`). An operator has spaces on both sides or on neither,
which emphasis has not (`*3* and *4*`). LaTeX's names count (`3 \times 4`).

Dates, ranges and scores have `-` or `/` without spaces, one often for the other (`2024-01-05`, `24/7`): such
a sign is either of them, unless other arithmetic stands beside it (`(8/2) * 3`).
"""

import re
from collections.abc import Mapping

Operations = Mapping[tuple[str, str], frozenset[str]]
"""The operators that may stand between two operands, by the two in lower case."""

_SYMBOL = re.compile(r"[-+*/%^&|<>=~×·⋅∙÷−–≤≥≠\\]")
_OPERATOR = (
    r"(?:\*\*?|//?|[-+%&|^])=|\*\*?|//?|-{1,3}|[+%^]|&&?|\|\|?|<<|>>|<>|[<>]=?|!==?|={1,3}|[~×·⋅∙÷−–≤≥≠]"
)
_OPERATION = re.compile(
    rf"\b(?P<left>\w++)(?:[)\]}}$]|%(?= *[-+*/<>=~−–]))*+(?P<space> ++)?(?P<operator>{_OPERATOR})"
    r"(?(space) ++)(?P<sign>(?<=[ =])-)?+(?=[(\[{$]*+(?P<right>\w+))"
)
_SPELLINGS = {"×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!="}
_SPELLINGS |= dict.fromkeys(("−", "–", "~", "--", "---"), "-")
_LATEX = re.compile(r"\\(times|cdot|div|leq?|geq?|neq?)(?![a-z])|\\([%&*<>])")
_OF_LATEX = {"times": "*", "cdot": "*", "div": "/", "le": "<=", "ge": ">=", "ne": "!="}
_OF_WORDS = frozenset({"=", "==", "===", "!=", "!==", "<", ">", "<=", ">=", "&&", "||"})
_EITHER = frozenset({"-", "/"})


def operations(text: str) -> Operations:
    if not _SYMBOL.search(text):
        return {}
    written = [match for match in _OPERATION.finditer(_plain(text)) if _is_operation(match)]
    calculated = {place for match in written if _calculates(match) for place in _operands(match)}
    found: dict[tuple[str, str], frozenset[str]] = {}
    for match in written:
        either = _may_separate(match) and calculated.isdisjoint(_operands(match))
        operators = _EITHER if either else {_operator(match) + (match["sign"] or "")}
        operands = match["left"], match["right"]
        found[operands] = found.get(operands, frozenset()) | operators
    return found


def opposed(a: Operations, b: Operations) -> bool:
    """Whether two operands of both texts have no operator in common."""
    return any(a[operands].isdisjoint(b[operands]) for operands in a.keys() & b.keys())


def _plain(text: str) -> str:
    """In lower case, with symbols for the names that LaTeX has for them."""
    return _LATEX.sub(_symbol, text.casefold()) if "\\" in text else text.casefold()


def _symbol(match: re.Match[str]) -> str:
    named, escaped = match.groups()
    return escaped or f" {_OF_LATEX[named.removesuffix('q')]} "


def _operator(match: re.Match[str]) -> str:
    return _SPELLINGS.get(match["operator"], match["operator"])


def _operands(match: re.Match[str]) -> tuple[int, int]:
    """Where the two stand."""
    return match.start("left"), match.start("right")


def _is_operation(match: re.Match[str]) -> bool:
    return _operator(match) in _OF_WORDS or _is_operand(match["left"]) or _is_operand(match["right"])


def _is_operand(word: str) -> bool:
    """A number or a variable, and not a word of prose."""
    return len(word) == 1 or word[0].isdigit()


def _may_separate(match: re.Match[str]) -> bool:
    return match["space"] is None and _operator(match) in _EITHER


def _calculates(match: re.Match[str]) -> bool:
    return _operator(match) not in _OF_WORDS and not _may_separate(match)
