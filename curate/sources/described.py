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
_WORTH_A_WORD = 0.02  # of a file's rows: a few that are damaged are no file in another encoding


def described(count: SourceCount, reasons: Mapping[str, int] | None = None) -> str:
    """A line about a file; with the `reasons` of its rejects, the commonest of them, and where one that has
    a remedy is no rare one, a second line that names it."""
    shape = count.format.removesuffix(MIXED)
    label = _LABELS.get(shape, shape) + (MIXED if count.format.endswith(MIXED) else "")
    parts = [f"{count.rows:,} row{'' if count.rows == 1 else 's'}"]
    parts += [label] if count.rows else []
    parts += [f"{count.rejected:,} rejected{_by_reason(reasons or {})}"] if count.rejected else []
    many = max(1, _WORTH_A_WORD * count.rows)
    mends = [f"  {MENDS[reason]}" for reason, n in (reasons or {}).items() if reason in MENDS and n >= many]
    return "\n".join([f"{count.path}: {', '.join(parts)}", *mends])


def _by_reason(reasons: Mapping[str, int]) -> str:
    if len(reasons) == 1:
        return f" ({next(iter(reasons))})"
    ranked = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
    shown = [f"{reasons[reason]:,} {reason}" for reason in ranked[:_SHOWN_REASONS]]
    shown += ["…"] if len(ranked) > _SHOWN_REASONS else []
    return f" ({', '.join(shown)})" if shown else ""
