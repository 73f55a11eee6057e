"""Which field of a row becomes what: user, assistant, system, messages, tags, group or metadata."""

from curate.sources.shapes import PROMPTS, SYSTEMS, Conversation, Fields
from schemas.recipe import Columns, Source

_USER = frozenset((*PROMPTS, "instruction", "context"))
_WHOLE = ("messages", "sharegpt", "text")


def mapping(fields: Fields, found: Conversation, source: Source, group_by: tuple[str, ...]) -> dict[str, str]:
    """Every field by name, in the row's order. Fields that hold nothing are left out."""
    tags = (source.columns and source.columns.tags) or "tags"
    group = [*group_by, *([source.columns.group] if source.columns and source.columns.group else [])]
    roles: dict[str, str] = {}
    for key, value in fields.items():
        if key in found.used or any(name.partition(".")[0] == key for name in found.used):
            roles[key] = _part(key, found.shape, source.columns)
        elif value is not None:
            roles[key] = "tags" if key == tags else "group" if key in group else "metadata"
    return roles


def _part(key: str, shape: str, columns: Columns | None) -> str:
    if shape == "columns" and columns:
        parts = {columns.prompt: "user", columns.completion: "assistant", columns.system: "system"}
        named = (part for name, part in parts.items() if name and key in (name, name.partition(".")[0]))
        return ", ".join(dict.fromkeys(named))
    if key in SYSTEMS:
        return "system"
    if shape in _WHOLE:
        return "messages"
    if key == "history":
        return "earlier turns"
    return "user" if key in _USER else "assistant"
