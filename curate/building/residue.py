"""PII residue: what the recipe's own scanner still finds in a version that should hold none of it.

The scanner goes over the rows as they were written: every message but the recipe's system prompt, tool calls,
metadata and tags. Nothing is found where redaction did its work: a placeholder is no finding. Of realistic
stand-ins only values outside the reserved ranges count, and of these only such as stand in messages.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from curate.pii.engine import action, make_scanner
from curate.pii.realistic import is_reserved
from curate.pii.redaction import Found, Redaction
from curate.version import SPLITS, DatasetVersion
from schemas.example import Example
from schemas.recipe import Pii


def pii_residue(settings: Pii, version: DatasetVersion, root: Path) -> dict[str, list[str]]:
    """Ids of the examples that still hold a type that was to be redacted or dropped, by type."""
    scanner = make_scanner(settings, root)
    left: dict[str, list[str]] = defaultdict(list)
    for row in _rows(version):
        for entity, found in Redaction(row, scanner, lambda _: False).found.items():
            if action(settings, entity) in ("redact", "drop") and _counts(settings, entity, found, row):
                left[entity].append(row.example_id)
    return dict(left)


def _counts(settings: Pii, entity: str, found: Found, row: Example) -> bool:
    if settings.style == "placeholder":
        return True
    values = (row.messages[index].content[start:end] for index, start, end in found.spans)
    return not all(is_reserved(entity, value) for value in values)


def _rows(version: DatasetVersion) -> Iterator[Example]:
    """The version's rows without the one system prompt, which is the user's own text."""
    from schemas.arrow import example_of

    for split in SPLITS:
        for batch in version.batches(f"data/{split}.parquet"):
            for fields in batch.to_pylist():
                row = example_of(fields, split)
                yield replace(row, messages=tuple(m for m in row.messages if m.role != "system"))
