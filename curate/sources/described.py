"""Words about a source for a person: what a file was read as and what was rejected."""

from collections.abc import Mapping

from schemas.manifest import SourceCount
from schemas.recipe import Format

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


def described(count: SourceCount, reasons: Mapping[str, int] | None = None) -> str:
    """A line about a table; with the `reasons` of its rejects, the commonest of them."""
    parts = [f"{count.rows:,} row{'' if count.rows == 1 else 's'}"]
    parts += [label(count.format)] if count.rows else []
    parts += [f"{count.rejected:,} rejected{by_reason(reasons or {})}"] if count.rejected else []
    return f"{count.path}: {', '.join(parts)}"


def label(form: str) -> str:
    """The name that people know a format by."""
    shape = form.removesuffix(MIXED)
    return _LABELS.get(shape, shape) + (MIXED if form.endswith(MIXED) else "")


def by_reason(reasons: Mapping[str, int]) -> str:
    if len(reasons) == 1:
        return f" ({next(iter(reasons))})"
    ranked = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
    shown = [f"{reasons[reason]:,} {reason}" for reason in ranked[:_SHOWN_REASONS]]
    shown += ["…"] if len(ranked) > _SHOWN_REASONS else []
    return f" ({', '.join(shown)})" if shown else ""
