"""Words about a source for a person: what a file was read as, what was rejected and what to do about it."""

from collections.abc import Mapping
from pathlib import Path

from curate.sources.mends import mends
from curate.sources.rejected import ByReason
from curate.sources.shapes import NO_TEMPLATE
from schemas.manifest import SourceCount
from schemas.recipe import Format, Source

MIXED = ", mixed"

_LABELS: dict[Format | str, str] = {
    "messages": "OpenAI messages",
    "sharegpt": "ShareGPT",
    "alpaca": "Alpaca",
    "prompt_completion": "prompt and completion",
    "text": "template text",
    "columns": "mapped columns",
}
_SHOWN_REASONS = 3


def told(count: SourceCount, rejected: ByReason, path: Path | None, source: Source) -> str:
    """A line about a table with the commonest reasons of its rejects, and one for each that has a remedy and
    is no rare one. `path` is the table's file."""
    reasons = {reason: found.count for reason, found in rejected.items()}
    remedies = mends(rejected, count.rows, path, source)
    remedies.pop(NO_TEMPLATE, None)  # a folder may hold hundreds of texts without
    return "\n  ".join([described(count, reasons), *remedies.values()])


def described(count: SourceCount, reasons: Mapping[str, int] | None = None) -> str:
    """A line about a table; with the `reasons` of its rejects, the commonest of them."""
    shape = count.format.removesuffix(MIXED)
    label = _LABELS.get(shape, shape) + (MIXED if count.format.endswith(MIXED) else "")
    parts = [f"{count.rows:,} row{'' if count.rows == 1 else 's'}"]
    parts += [label] if count.rows else []
    parts += [f"{count.rejected:,} rejected{by_reason(reasons or {})}"] if count.rejected else []
    return f"{count.path}: {', '.join(parts)}"


def by_reason(reasons: Mapping[str, int]) -> str:
    if len(reasons) == 1:
        return f" ({next(iter(reasons))})"
    ranked = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
    shown = [f"{reasons[reason]:,} {reason}" for reason in ranked[:_SHOWN_REASONS]]
    shown += ["…"] if len(ranked) > _SHOWN_REASONS else []
    return f" ({', '.join(shown)})" if shown else ""
