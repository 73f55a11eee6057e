"""Words about a source for a person: what a file was read as, what was rejected and what to do about it."""

from collections.abc import Mapping

from curate.sources.rows import INVALID_UTF8
from curate.sources.turns import UNKNOWN_ROLE
from schemas.manifest import SourceCount
from schemas.recipe import Format

MIXED = ", mixed"
MENDS = {
    INVALID_UTF8: "a file that Windows or Excel wrote may need `encoding: cp1252` in its source",
    UNKNOWN_ROLE: "name the roles of such rows user, assistant, system or tool in the file",
}
"""What may be done, by the reason of a reject."""

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
    """A line about a file; with the `reasons` of its rejects, the commonest of them, and where one has a
    remedy, a second line that names it."""
    shape = count.format.removesuffix(MIXED)
    label = _LABELS.get(shape, shape) + (MIXED if count.format.endswith(MIXED) else "")
    parts = [f"{count.rows:,} row{'' if count.rows == 1 else 's'}"]
    parts += [label] if count.rows else []
    parts += [f"{count.rejected:,} rejected{_by_reason(reasons or {})}"] if count.rejected else []
    mends = [f"  {MENDS[reason]}" for reason in reasons or {} if reason in MENDS]
    return "\n".join([f"{count.path}: {', '.join(parts)}", *mends])


def _by_reason(reasons: Mapping[str, int]) -> str:
    if len(reasons) == 1:
        return f" ({next(iter(reasons))})"
    ranked = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
    shown = [f"{reasons[reason]:,} {reason}" for reason in ranked[:_SHOWN_REASONS]]
    shown += ["…"] if len(ranked) > _SHOWN_REASONS else []
    return f" ({', '.join(shown)})" if shown else ""
