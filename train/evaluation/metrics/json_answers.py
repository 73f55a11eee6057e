"""Answers that are to be JSON: whether they can be read, and whether they have the reference's shape."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson


def is_json_answer(reference: str) -> bool:
    """Whether a reference is an object or an array; a lone number or word is JSON too, and no JSON answer."""
    return isinstance(_read(reference), dict | list)


def json_valid(prediction: str, reference: str) -> float | None:
    """1 where the whole prediction is JSON after RFC 8259 (no NaN, nothing around it); None where the
    reference is no JSON answer."""
    return float(_read(prediction) is not _BROKEN) if is_json_answer(reference) else None


def json_keys(prediction: str, reference: str) -> float | None:
    """1 where the prediction has the reference's keys, at every depth, with values of the same types; the
    items of arrays are taken together, so that their number does not matter."""
    return _alike(prediction, reference, _shape)


def json_equal(prediction: str, reference: str) -> float | None:
    """1 where both are the same JSON value, whatever the order of keys and the spaces."""
    return _alike(prediction, reference, _content)


_BROKEN = object()


def _read(text: str) -> Any:
    """The value, or _BROKEN."""
    try:
        return orjson.loads(text.encode("utf-8", "surrogatepass"))
    except orjson.JSONDecodeError:  # what nests deeper than 1,024 too
        return _BROKEN


def _alike(prediction: str, reference: str, of: Callable[[Any], object]) -> float | None:
    wanted = _read(reference)
    if not isinstance(wanted, dict | list):
        return None
    said = _read(prediction)
    return float(said is not _BROKEN and of(said) == of(wanted))


def _shape(value: Any) -> frozenset[tuple[str, str]]:
    return frozenset((path, kind) for path, kind, _ in _nodes(value, "[]"))


def _content(value: Any) -> frozenset[tuple[str, str, object]]:
    return frozenset(_nodes(value, None))


def _nodes(value: Any, item: str | None) -> Iterator[tuple[str, str, object]]:
    """Path, type and, of what holds nothing, value of every node; items of arrays by their position, or all
    as `item`. Without recursion: a model can nest deeper than Python calls."""
    left: list[tuple[str, Any]] = [("", value)]
    while left:
        path, node = left.pop()
        if isinstance(node, dict):
            left += [(f"{path}/{_escaped(key)}", inner) for key, inner in node.items()]
            yield path, "object", None
        elif isinstance(node, list):
            left += [(f"{path}/{item or f'[{i}]'}", inner) for i, inner in enumerate(node)]
            yield path, "array", None
        else:
            yield path, "number" if type(node) in (int, float) else type(node).__name__, node


def _escaped(key: str) -> str:
    """As JSON Pointer does (RFC 6901), and `[` too, so that no key looks like a position."""
    return key.replace("~", "~0").replace("/", "~1").replace("[", "~2")
