"""What `curate` prints for a person: funnel, stories, differences. Text of data goes through `visible`."""

import click

from curate.history.diff import Diff
from curate.history.listing import Entry, Listing, counterpart
from curate.history.why import Story, describe
from curate.version import DatasetVersion
from schemas.example import Message
from schemas.ledger import SIFTUNE, Event
from schemas.visible import visible

_SHOWN = 20


def funnel(version: DatasetVersion) -> str:
    m = version.manifest
    splits = ", ".join(f"{name} {n:,}" for name, n in m.splits.items())
    return (
        f"{m.rows_in:,} rows = {m.rejected:,} unreadable + {m.dropped:,} dropped + {m.kept:,} kept"
        f" − {m.created:,} created\n"
        f"splits: {splits}; pairs across splits {m.leaks.cross_split_pairs}, "
        f"groups {m.leaks.cross_split_groups}\n"
        f"decisions applied: {m.decisions_applied:,}\n"
        f"version {version.version}  {version.path}"
    )


def messages(listed: tuple[Message, ...]) -> str:
    blocks = []
    for m in listed:
        calls = f"\n  calls {visible(m.tool_calls)}" if m.tool_calls else ""
        body = visible(m.content).replace("\n", "\n  ")
        blocks.append(f"{click.style(visible(m.role), bold=True)}\n  {body}{calls}")
    return "\n".join(blocks)


def story(told: Story) -> str:
    if told.reject is not None:
        r = told.reject
        return visible(f"{r.source}:{r.line} could not be read: {r.reason}\n  {r.raw[:2000]}")
    lines = [f"{told.example_id} in version {told.version}: {_state(told)}"]
    lines += [f"  from {source}:{line}" for source, line in told.places]
    if told.example is not None:
        if told.example.parent_id:
            lines.append(f"  child of {told.example.parent_id}")
        if told.example.flags:
            lines.append(f"  flags: {', '.join(told.example.flags)}")
    lines.append("what the stages did")
    lines += [f"  {describe(e)}" for e in told.events] or ["  nothing: it went through untouched"]
    lines += [f"  {e.example_id} is flagged {e.reason} with it" for e in _one_sided(told)]
    lines += [
        f"  {p.kept_source}:{p.kept_line} ({p.kept_id}) was kept instead, Jaccard {p.jaccard:.3f}"
        for p in told.kept_instead
    ]
    lines += [
        f"  stands for {p.dropped_source}:{p.dropped_line} ({p.dropped_id}), Jaccard {p.jaccard:.3f}"
        for p in told.stood_for
    ]
    return visible("\n".join(lines))


def diff(found: Diff, everything: bool) -> str:
    lines = [f"{found.before} → {found.after}"]
    for kind in ("added", "removed", "edited", "moved"):
        changes = found.of(kind)
        lines.append(f"{kind} {len(changes):,}")
        for c in changes if everything else changes[:_SHOWN]:
            where = " → ".join(s or "–" for s in (c.split_before, c.split_after))
            by = f" by {c.actor}" if c.actor not in (None, "siftune") else ""
            lines.append(f"  {c.example_id}  {where}  {c.reason}{by}")
        if not everything and len(changes) > _SHOWN:
            lines.append(f"  … {len(changes) - _SHOWN:,} more: --all shows them")
    return visible("\n".join(lines))


def listing(found: Listing, kind: str) -> str:
    """A line an entry: reason, score, id, place, and what the row was held against."""
    lines = [_entry(entry) for entry in found.entries]
    more = found.total - len(found.entries)
    if more:
        lines.append(f"… {more:,} more: --limit {found.total} shows them")
    return visible("\n".join(lines)) if lines else f"no row was {kind} so"


def _entry(entry: Entry) -> str:
    event = entry.event
    score = "" if event.score is None else f"{event.score:.3f}"
    split = f" {entry.place.split}" if entry.place and entry.place.split else ""
    line = f"{event.stage}: {event.reason:<22} {score:>7}  {event.example_id} {entry.place or ''}{split}"
    against = counterpart(entry)
    by = "" if event.actor == SIFTUNE else f"  by {event.actor}"
    return line.rstrip() + (f"  ↔ {against}" if against else "") + by


def _one_sided(told: Story) -> list[Event]:
    """Flags of others that name this example, but for those that it names in turn."""
    named = {(e.reason, e.matched_id) for e in told.events}
    return [e for e in told.named_by if (e.reason, e.example_id) not in named]


def _state(told: Story) -> str:
    if told.example is not None:
        return f"kept, {told.example.split}, {told.example.origin}"
    return "not kept"
