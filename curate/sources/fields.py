"""Fields of a raw row besides its conversation: metadata, tags and the grouping key."""

import math
import re
from collections.abc import Iterable, Mapping, Set
from typing import Any

from curate.sources.json_safe import json_safe
from curate.sources.json_value import parse_json
from curate.sources.rows import BadRow
from schemas.canonical import to_json
from schemas.example import canonical_text, hash_value

_TAG_SEPARATORS = re.compile(r"[,;|]")
_AS_IT_IS = (str, int, bool)
_JOIN = "\x1f"  # ASCII unit separator: stands in no text value


def metadata_in(fields: Mapping[str, Any], used: Set[str]) -> dict[str, Any]:
    """Every field that holds something and is not used elsewhere. A field `metadata` that is an object, or
    JSON text of one, gives its own fields; a row's field of the same name goes before."""
    inner = _object_in(fields["metadata"]) if "metadata" in fields else {}
    if inner:
        used = used | {"metadata"}
    rest = {
        key: value if value.__class__ in _AS_IT_IS else json_safe(value)
        for key, value in fields.items()
        if key not in used and value is not None
    }
    if not inner:
        return rest
    # A null of the row hides the value of the same name inside: it was there, and it is nothing.
    return {
        k: json_safe(v) for k, v in inner.items() if v is not None and (k in used or k not in fields)
    } | rest


def _object_in(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = parse_json(value.encode("utf-8", "surrogatepass"))
        except BadRow:
            return {}
    return value if isinstance(value, Mapping) else {}


def lookup(fields: Mapping[str, Any], name: str) -> Any:
    """The value under `name`, or, where the name has dots, in the mappings that it leads through."""
    if name in fields:
        return fields[name]
    if "." not in name:
        return None
    value: Any = fields
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def tags_in(value: Any) -> list[str] | None:
    """Tags of a list of texts, or of one text with commas, semicolons or bars; None for anything else."""
    if isinstance(value, str):
        value = _TAG_SEPARATORS.split(value)
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        return None
    return [tag.strip() for tag in value if tag.strip()]


def group_key(values: Iterable[Any]) -> str | None:
    """A one-way key of the values together; None where all are missing. A number is the same in CSV, JSON and
    a table whose column turned to floats: `17`, 17 and 17.0 are one customer."""
    texts = [text for value in values if (text := _group_text(value))]
    return hash_value(_JOIN.join(texts)) if texts else None


def _group_text(value: Any) -> str:
    if isinstance(value, float) and (math.isnan(value) or value.is_integer()):
        return "" if math.isnan(value) else str(int(value))
    if value is None or isinstance(value, str):
        return canonical_text(value or "")
    return to_json(json_safe(value))
