"""The sections of `report.html`, from what was gathered and the manifest. `seconds` of stages stay out: they
are the one thing that differs between two builds of the same version."""

from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from curate import html
from curate.html import Html
from curate.report.augmentation import augmentation
from curate.report.balance import shares
from curate.report.counts import Histogram
from curate.report.diversity import DISTINCT_WORDS, SAMPLE, distinct
from curate.report.gather import Gatherer
from curate.version import SPLITS
from schemas.manifest import Manifest
from schemas.recipe import Recipe

_MOST_LISTED = 40


def page(recipe: Recipe, manifest: Manifest, found: Gatherer) -> str:
    children = found.children.by_strategy()
    return html.page(
        f"{recipe.name} · version {manifest.version}",
        [
            ("", _summary(manifest)),
            ("Funnel", _funnel(manifest)),
            ("Reasons", _reasons(found)),
            *([("Augmentation", augmentation(children))] if children else []),
            ("Samples", _samples(recipe, found)),
            ("Splits and leaks", _splits(manifest, found)),
            ("Length", _lengths(found)),
            ("Balance", _balance(recipe, manifest, found)),
            ("Diversity", _diversity(found)),
            ("Sources", _sources(manifest)),
        ],
    )


def _summary(m: Manifest) -> str:
    return html.paragraph(
        f"{m.rows_in:,} raw rows = {m.rejected:,} unreadable + {m.dropped:,} dropped + {m.kept:,} kept "
        f"− {m.created:,} created. {m.decisions_applied:,} decisions of reviewers applied."
    ) + ("" if m.complete else html.paragraph("An LLM has not answered everything.", "warn"))


def _funnel(manifest: Manifest) -> str:
    widest = max((s.rows_in for s in manifest.stages), default=1) or 1
    rows = [
        [
            s.name,
            s.rows_in,
            s.created,
            sum(s.dropped.values()),
            s.edited,
            s.flagged,
            s.kept,
            html.bar(s.kept / widest),
        ]
        for s in manifest.stages
    ]
    head = ["stage", "in", "created", "dropped", "edited", "flagged", "kept", "of the most"]
    return html.table("Rows by stage", head, rows)


def _reasons(found: Gatherer) -> str:
    rows = [
        [stage, action, reason, seen.count, Html(" ".join(html.code(e.example_id) for e in seen.samples))]
        for (stage, action, reason), seen in found.samples.reasons.items()
    ]
    head = ["stage", "action", "reason", "events", "for example (curate why ID)"]
    return (
        html.table("What the stages did, and why", head, rows)
        + _counted("Flags on kept rows", "flag", found.flags)
        + _counted("Raw rows that could not be read", "reason", found.rejects)
    )


def _samples(recipe: Recipe, found: Gatherer) -> str:
    parts = [
        html.paragraph(
            "Texts are those of kept rows as they were written"
            + (", after redaction. " if recipe.pii else "; no pii stage went over them. ")
            + "A dropped row is shown by the row it was held against; rows that pii or toxicity flagged are "
            "not shown.",
            "soft",
        )
    ]
    for (stage, action, reason), seen in found.samples.reasons.items():
        for event in seen.samples[:3]:
            shown = dict(found.samples.shown(event))
            if shown:
                score = "" if event.score is None else f" ({event.score:.3f})"
                title = Html(
                    f"{html.escaped(f'{stage}: {action}, {reason}{score}')} {html.code(event.example_id)}"
                )
                parts.append(html.quote(title, shown))
    return "".join(parts)


def _splits(manifest: Manifest, found: Gatherer) -> str:
    rows = [[s, n, len(_times(found.groups[s]))] for s, n in manifest.splits.items()]
    leaks = manifest.leaks
    return html.table("Rows by split", ["split", "examples", "groups"], rows) + html.paragraph(
        f"Near-duplicate pairs across splits: {leaks.cross_split_pairs}. "
        f"Groups across splits: {leaks.cross_split_groups}."
    )


def _lengths(found: Gatherer) -> str:
    return (
        _histogram("Words of the prompts of an example", found.lengths["prompt"])
        + _histogram("Words of the answers of an example", found.lengths["answer"])
        + _histogram(
            "Tokens of an example, estimated as max_tokens is; `train plan` counts them",
            found.lengths["tokens"],
        )
        + _histogram("Questions of an example", found.lengths["turns"])
    )


def _balance(recipe: Recipe, manifest: Manifest, found: Gatherer) -> str:
    kept = sum(found.sources.values()) or 1
    by_file = Counter({file: 0 for file, _ in found.sources})
    for (file, _), n in found.sources.items():
        by_file[file] += n
    files = [
        [
            file,
            *(found.sources[file, s] for s in SPLITS),
            found.source_words[file],
            _percent(n / kept),
            html.bar(n / kept),
        ]
        for file, n in _top(by_file)
    ]
    given = shares(recipe, manifest, found.sources)
    return (
        html.table("By source", ["source", *SPLITS, "words", "of all rows", "share"], files)
        + (
            html.table(
                "Sources with a share of the train split",
                ["source", "rows in train", "is", "at most"],
                [[s.path, s.rows, _percent(s.part), _percent(s.most)] for s in given],
            )
            if given
            else ""
        )
        + "".join(html.paragraph(s.warning, "warn") for s in given if s.warning)
        + _counted("By tag (a row may have several)", "tag", found.tags)
        + _counted("By origin", "origin", found.origins)
        + _clusters(found)
    )


def _clusters(found: Gatherer) -> str:
    sizes = Histogram((3, 4, 6, 11, 51, 101))
    sizes.add(_times(found.kept_instead) + 1)
    return _histogram("Clusters of duplicates, by the rows that they had", sizes)


def _diversity(found: Gatherer) -> str:
    rows: list[Sequence[object]] = []
    spoken: Counter[str] = Counter()
    for split in SPLITS:
        answers = found.answers_of[split].answers()
        if answers:
            d = distinct(answers)
            rows.append([split, len(answers), d.words, d.one, d.two])
            spoken.update(found.languages(answers))
    head = ["split", "rows looked at", "words", "distinct-1", "distinct-2"]
    return html.table(
        f"Different words and word pairs among all, over the answers' first {DISTINCT_WORDS:,} words. "
        "Two splits compare where they have the same number of words",
        head,
        rows,
    ) + _counted(f"Language of the answers of up to {SAMPLE} rows a split, by py3langid", "language", spoken)


def _sources(manifest: Manifest) -> str:
    rows = [[s.path, s.format, s.rows, s.rejected, html.code(s.sha256[:12])] for s in manifest.sources]
    return html.table("What was read", ["file", "format", "rows", "unreadable", "sha256"], rows)


def _histogram(caption: str, histogram: Histogram) -> str:
    if not histogram.counts:
        return html.table(caption, [], [])
    edges = [0, *histogram.edges]
    names = [_span(a, b - 1) for a, b in zip(edges, histogram.edges, strict=False)] + [
        f"{edges[-1]:,} and more"
    ]
    most, total = max(histogram.counts), sum(histogram.counts)
    rows = [[name, n, html.bar(n / most)] for name, n in zip(names, histogram.counts, strict=True)]
    mean = f"; mean {histogram.total / total:,.1f}, most {histogram.most:,}"
    return html.table(caption + mean, ["from to", "count", "of the most"], rows)


def _span(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _counted(caption: str, kind: str, counts: "Counter[str]") -> str:
    most = max(counts.values(), default=1)
    rows: list[Sequence[object]] = [[name, n, html.bar(n / most)] for name, n in _top(counts)]
    left = len(counts) - len(rows)
    more = html.paragraph(f"… and {left:,} more.", "soft") if left > 0 else ""
    return html.table(caption, [kind, "rows", "of the most"], rows) + more


def _top(counts: "Counter[str]") -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_LISTED]


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _times(numbers: "array[int]") -> npt.NDArray[np.int64]:
    """How often each number is there, in ascending order of the numbers."""
    ordered = np.sort(np.frombuffer(numbers, np.uint64))
    firsts = np.flatnonzero(np.diff(ordered, prepend=~ordered[:1])) if len(ordered) else ordered
    return np.diff(firsts, append=len(ordered))
