"""PII residue: what the recipe's own scanner still finds in a version that should hold none of it.

The scanner goes over the rows as they were written: every message but the recipe's system prompt, tool calls,
metadata and tags. It finds nothing where redaction did its work: neither a placeholder nor a realistic
stand-in is a finding to it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from curate.pii.engine import action, make_scanner
from curate.pii.redaction import Redaction
from curate.version import SPLITS, DatasetVersion
from schemas.example import Example
from schemas.recipe import Pii


def pii_residue(settings: Pii, version: DatasetVersion, root: Path) -> dict[str, list[str]]:
    """Ids of the examples that still hold a type that was to be redacted or dropped, by type."""
    scanner = make_scanner(settings, root)
    left: dict[str, list[str]] = defaultdict(list)
    for row in _rows(version):
        for entity in Redaction(row, scanner, lambda _: False).found:
            if action(settings, entity) in ("redact", "drop"):
                left[entity].append(row.example_id)
    return dict(left)


def _rows(version: DatasetVersion) -> Iterator[Example]:
    """The version's rows without the one system prompt, which is the user's own text."""
    from schemas.arrow import example_of

    for split in SPLITS:
        for batch in version.batches(f"data/{split}.parquet"):
            for fields in batch.to_pylist():
                row = example_of(fields, split)
                yield replace(row, messages=tuple(m for m in row.messages if m.role != "system"))
