"""From a row's conversation to an Example: identity, tags, grouping key and metadata."""

from collections.abc import Callable

from curate.sources.fields import group_key, lookup, metadata_in, tags_in
from curate.sources.json_safe import json_safe
from curate.sources.shapes import Conversation, Fields
from schemas.example import Example, hash_canonical
from schemas.recipe import Format, Recipe, Source

TURN_FIELDS = "turn_fields"  # the metadata key for fields of turns that a message has no place for

Make = Callable[[int, Fields, Conversation], Example]


def format_of(source: Source) -> Format:
    """The format of a source's rows: a column map says it where the recipe does not."""
    return "columns" if source.columns and source.format == "auto" else source.format


def example_maker(name: str, source: Source, recipe: Recipe) -> Make:
    """The function that makes examples of the rows of one table, by line, fields and conversation."""
    tags_key = (source.columns and source.columns.tags) or "tags"
    group = source.columns and source.columns.group
    grouping = tuple(dict.fromkeys((*recipe.split.group_by, *([group] if group else []))))

    own_tags = tuple(dict.fromkeys(source.tags))

    def make(line: int, fields: Fields, found: Conversation) -> Example:
        tags = tags_in(lookup(fields, tags_key))
        used = found.used
        if tags is not None or group:
            used = used.union([tags_key] if tags is not None else [], [group] if group else [])
        metadata = metadata_in(fields, used)
        if found.turn_fields:
            metadata[TURN_FIELDS] = [{"turn": index, **json_safe(rest)} for index, rest in found.turn_fields]
        return Example(
            example_id=hash_canonical(found.messages),
            messages=found.messages,
            source=name,
            line=line,
            tags=tuple(dict.fromkeys((*own_tags, *tags))) if tags else own_tags,
            priority=source.priority,
            group_key=_group_key(grouping, metadata, fields) if grouping else None,
            metadata=metadata,
        )

    return make


def _group_key(grouping: tuple[str, ...], metadata: Fields, fields: Fields) -> str | None:
    every = {**metadata, **fields}
    return group_key(lookup(every, key) for key in grouping)
