"""`report.html`: one file, no network, no script. Where the rows went, and why.

It shows ids, counts and reasons, never the text of a dropped row: that may be what a stage removed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from schemas.example import Example
from schemas.ledger import Event
from schemas.manifest import Manifest, StageCount
from schemas.recipe import Recipe

if TYPE_CHECKING:
    from curate.building.write import Listed

_SAMPLES = 5
_BINS = (25, 50, 100, 200, 400, 800, 1600)
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c1c1c; background: #fff }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; width: 100% }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.bar { background: #4477aa; height: .8rem; display: inline-block }
code { font-size: .9em }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #161616 } th, td { border-color: #444 }
}
"""


def report(recipe: Recipe, manifest: Manifest, contents: "Listed") -> str:
    """The page, the same bytes for the same version."""
    title = f"{recipe.name} · version {manifest.version}"
    sections = [
        _paragraph(manifest),
        _section("Funnel", _funnel(manifest)),
        _section("Reasons", _reasons(contents.events)),
        _section("Sources", _sources(manifest)),
        _section("Unreadable rows", _counts(Counter(r.reason for r in contents.rejects))),
        _section("Splits and leaks", _splits(manifest, contents.rows)),
        _section("Words in an example", _lengths(contents.rows)),
        _section("Flags on kept examples", _counts(Counter(f for r in contents.rows for f in r.flags))),
        _section("Tags", _counts(Counter(t for r in contents.rows for t in r.tags))),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{''.join(sections)}</body></html>\n"
    )


def _paragraph(m: Manifest) -> str:
    return (
        f"<p>{m.rows_in:,} raw rows = {m.rejected:,} unreadable + {m.dropped:,} dropped + {m.kept:,} kept "
        f"− {m.created:,} created. {m.decisions_applied:,} decisions of reviewers applied.</p>\n"
    )


def _funnel(manifest: Manifest) -> str:
    widest = max((s.rows_in for s in manifest.stages), default=1) or 1
    rows = [
        [s.name, s.rows_in, s.created, _dropped(s), s.kept, _bar(s.kept / widest)] for s in manifest.stages
    ]
    return _table(["stage", "in", "created", "dropped", "kept", ""], rows)


def _dropped(stage: StageCount) -> int:
    return sum(stage.dropped.values())


def _reasons(events: Sequence[Event]) -> str:
    samples: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    counts: Counter[tuple[str, str, str]] = Counter()
    for e in events:
        key = (e.stage, e.action, e.reason)
        counts[key] += 1
        if len(samples[key]) < _SAMPLES:
            samples[key].append(f"<code>{escape(e.example_id)}</code>")
    rows = [[*key, n, _Html(" ".join(samples[key]))] for key, n in counts.items()]
    return _table(["stage", "action", "reason", "events", "for example (curate why ID)"], rows)


def _sources(manifest: Manifest) -> str:
    rows = [
        [s.path, s.format, s.rows, s.rejected, _Html(f"<code>{s.sha256[:12]}</code>")]
        for s in manifest.sources
    ]
    return _table(["file", "format", "rows", "unreadable", "sha256"], rows)


def _splits(manifest: Manifest, rows: Sequence[Example]) -> str:
    groups: dict[str | None, set[str | None]] = defaultdict(set)
    for row in rows:
        groups[row.split].add(row.group_id)
    leaks = manifest.leaks
    return _table(
        ["split", "examples", "groups"], [[s, n, len(groups[s])] for s, n in manifest.splits.items()]
    ) + (
        f"<p>Near-duplicate pairs across splits: {leaks.cross_split_pairs}. "
        f"Groups across splits: {leaks.cross_split_groups}.</p>\n"
    )


def _lengths(rows: Sequence[Example]) -> str:
    words = [sum(len(m.content.split()) for m in row.messages) for row in rows]
    edges = [0, *_BINS]
    counts = [
        sum(low <= n < high for n in words) for low, high in zip(edges, [*_BINS, float("inf")], strict=True)
    ]
    most = max(counts, default=1) or 1
    names = [f"{a} to {b - 1}" for a, b in zip(edges, _BINS, strict=False)] + [f"{_BINS[-1]} and more"]
    return _table(
        ["words", "examples", ""], [[n, c, _bar(c / most)] for n, c in zip(names, counts, strict=True)]
    )


def _counts(counter: "Counter[str]") -> str:
    return _table(["", "count"], [[name, n] for name, n in counter.most_common()])


class _Html(str):
    """Text that is HTML already."""


def _bar(share: float) -> _Html:
    return _Html(f'<span class="bar" style="width:{share * 12:.2f}rem"></span>')


def _section(title: str, body: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{body}"


def _table(head: Iterable[str], rows: list[list[object]]) -> str:
    if not rows:
        return "<p>None.</p>\n"
    top = "".join(f"<th>{escape(h)}</th>" for h in head)
    body = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>\n{body}</table>\n"


def _cell(value: object) -> str:
    if isinstance(value, _Html):
        return f"<td>{value}</td>"
    if isinstance(value, int):
        return f'<td class="n">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
