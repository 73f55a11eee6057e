"""An audit as a page. All that data or people wrote passes the gate of `curate.html`; flagged rows show no
text."""

from collections.abc import Sequence

import numpy as np

from curate import html
from curate.html import Number
from schemas.example import Example
from train.auditing import words
from train.auditing.audit import Audit
from train.auditing.changes import counts
from train.auditing.findings import Finding
from train.auditing.table import RISEN, number, place, splits, worst
from train.bisecting.page import STYLE as TREE
from train.bisecting.page import sections
from train.bisecting.record import read
from train.drawing.plot import KINDS, STYLE, Plot
from train.drawing.scale import Scale

TOP = 30  # of each list
_BINS = 40
_POINTS = 1500
_TEXT = 1200  # characters of a message
_FINDING = ["examples", "groups", "A", "B", "B − A", "95 % interval", "q"]


def page(found: Audit) -> str:
    """With the latest bisect of the two, where there is one."""
    bisected = read(found.a, found.b)
    return html.page(
        f"Audit · {found.a.id} → {found.b.id}",
        [
            ("", _head(found)),
            ("Settings that differ", _settings(found)),
            ("Changed data", _changes(found)),
            ("Losses", _splits(found)),
            ("Slices", _slices(found)),
            *([("Answers", _metrics(found))] if found.metrics else []),
            ("Examples that rose most", _examples(found)),
            ("Suspects", _suspects(found)),
            *(sections(bisected) if bisected else []),
        ],
        STYLE + TREE,
    )


def _head(found: Audit) -> str:
    verdict = html.paragraph(_sentence(words.verdict(found)), "warn" if found.regression else "")
    return verdict + "".join(html.paragraph(_sentence(line), "soft") for line in words.caveats(found))


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."


def _settings(found: Audit) -> str:
    rows = [[one.name, one.a, one.b, one.means] for one in found.settings]
    return html.table(f"A is {found.a.id}, B is {found.b.id}", ["", "A", "B", "what it means"], rows)


def _changes(found: Audit) -> str:
    counted = counts(found.changes).to_dict("records")
    rows = [
        [
            row["kind"],
            splits(row),
            row["rows"],
            _word(row["stage"]),
            row["reason"],
            _word(row["actor"]),
            row["source"],
        ]
        for row in counted[:TOP]
    ]
    more = f", the {TOP} largest of {len(counted)} kinds" if len(counted) > TOP else ""
    caption = f"{len(found.changes):,} examples{more}; --json has each by its id"
    return html.table(caption, ["change", "splits", "rows", "stage", "reason", "who", "source"], rows)


def _splits(found: Audit) -> str:
    rows = [[one.name, *_figures(one)] for one in found.splits]
    note = html.paragraph(
        "Nats per trained token by each run's kept adapter, over the same texts. Intervals are a paired "
        "bootstrap over groups of examples; q is the share of false findings, by a randomisation test and "
        "the procedure of Benjamini and Hochberg. Both speak of other examples, and not of another seed. "
        "Train is partly memory and counts for no verdict.",
        "soft",
    )
    table = html.table("Examples that both runs measured alike", ["split", *_FINDING, *_ends(found)], rows)
    return table + note + _plots(found)


def _plots(found: Audit) -> str:
    rows = found.common.rows[found.common.judged]
    rises = rows["rise"].to_numpy(np.float64)
    low, high = (float(q) for q in np.quantile(rises, [0.005, 0.995]))
    if low == high:
        return ""
    counted, edges = np.histogram(np.clip(rises, low, high), bins=_BINS, range=(low, high))
    histogram = Plot(
        Scale.over(edges.tolist()),
        Scale.over(counted.tolist(), zero=True),
        "loss of B less loss of A, nats per token",
        "examples",
        width=440,
    )
    histogram.bars(edges.tolist(), counted.astype(float).tolist(), "one")
    shown = rows.head(_POINTS)
    losses = [*shown["loss_a"], *shown["loss_b"]]
    scatter = Plot(
        Scale.over(losses, zero=True), Scale.over(losses, zero=True), "loss of A", "loss of B", width=440
    )
    for kind, (split, own) in zip(KINDS, shown.groupby("split", sort=False), strict=False):
        scatter.dots(own["loss_a"], own["loss_b"], kind)
        scatter.legend(kind, str(split))
    scatter.line([0, max(losses)], [0, max(losses)], "grey", "dash")
    names = " and ".join(found.sliced)
    some = f", {_POINTS:,} of {len(rows):,}" if len(rows) > _POINTS else ""
    return (
        f'<div class="plots">{histogram.figure(f"How far examples of {names} moved; right of 0 is worse")}'
        f"{scatter.figure(f'Each example of {names}{some}; above the line is worse')}</div>"
    )


def _slices(found: Audit) -> str:
    moved = [one for one in found.slices if one.verdict in RISEN]
    rows = [[words.title(one), *_figures(one)[:-1], _signed(one.rest), one.verdict] for one in moved[:TOP]]
    sliced = " and ".join(found.sliced)
    more = f"; the first {TOP} of them" if len(moved) > TOP else ""
    ends = _ends(found)
    head = ["slice", *_FINDING, *ends[:-1], "the rest", ends[-1]]
    caption = f"Slices of {sliced}, worst first: {words.moved(found)}{more}"
    note = "Slices are chosen without looking at losses. They overlap: one cause shows in several."
    return html.table(caption, head, rows) + html.paragraph(note, "soft")


def _ends(found: Audit) -> list[str]:
    heard = found.noise
    if not heard.known:
        return ["verdict"]
    return [f"{'seeds of B · ' if heard.b.runs else ''}other seeds of A", "verdict"]


def _figures(one: Finding) -> list[object]:
    tested = one.tested
    return [
        tested.examples,
        tested.groups,
        Number(f"{one.a:.4f}"),
        Number(f"{one.b:.4f}"),
        _signed(tested.difference),
        words.interval(tested),
        words.q(tested),
        *_floor(one),
        one.verdict,
    ]


def _floor(one: Finding) -> list[str]:
    """The mean of B and its reruns, where it has any, and of A's."""
    if one.floor is None:
        return []
    of_b = "" if one.floor.b == one.b else f"{one.floor.b:.4f} · "
    return [of_b + words.floor(one)]


def _metrics(found: Audit) -> str:
    rows = [
        [
            f"{one.set}: {one.metric}",
            one.tested.examples,
            Number(f"{one.a:.4f}"),
            Number(f"{one.b:.4f}"),
            _signed(one.tested.difference),
            words.interval(one.tested),
            words.q(one.tested),
            one.verdict,
        ]
        for one in found.metrics
    ]
    head = ["", "answers", "A", "B", "B − A", "95 % interval", "q", "verdict"]
    return html.table(
        "What `train eval` measured of both, on the same questions; higher is better", head, rows
    )


def _examples(found: Audit) -> str:
    rows = worst(found, TOP).to_dict("records")
    texts = dict(zip(found.common.rows["example_id"], found.common.examples, strict=True))
    listed = [
        [
            html.code(row["example_id"]),
            row["split"],
            row["n_tokens"],
            row["loss_a"],
            row["loss_b"],
            _signed(row["rise"]),
        ]
        for row in rows
    ]
    table = html.table(
        "One example alone proves nothing: it has no interval",
        ["example", "split", "tokens", "A", "B", "B − A"],
        listed,
    )
    return table + _texts([(row["example_id"], {"": texts[row["example_id"]]}) for row in rows])


def _suspects(found: Audit) -> str:
    rows = found.suspects.head(TOP).to_dict("records")
    if not rows:
        said = "Nothing got worse, or no training row changed: there is nothing to explain."
        return html.paragraph(said, "soft")
    listed = [
        [
            html.code(row["example_id"]),
            Number(f"{row['rank']:.2f}"),
            *(Number(number(row[name])) for name in found.signals),
            row["kind"],
            splits(row),
            row["reason"],
            _word(row["actor"]),
            place(row),
        ]
        for row in rows
    ]
    head = ["example", "rank", *found.signals, "change", "splits", "reason", "who", "source"]
    data = found.data
    both = [
        (
            name,
            {side: of[name] for side, of in (("before", data.before), ("after", data.after)) if name in of},
        )
        for name in (row["example_id"] for row in rows)
    ]
    told = " ".join(f"{name}: {_SIGNALS[name]}." for name in found.signals)
    notes = " ".join(_sentence(line) for line in found.not_measured)
    note = f"Signals point; only a retraining proves. {told} {notes} `curate why ID` tells a row's story."
    caption = f"Changed training rows, most suspect first, of {len(found.suspects):,}"
    return html.table(caption, head, listed) + html.paragraph(note, "soft") + _texts(both)


_SIGNALS = {
    "gradient": "how far steps along the row raise the loss of the examples that got worse, by cosines of "
    "gradients at B's early checkpoints; of what A was trained on and B not, how far they lower it",
    "surprise": "A's loss of the row as B was trained on it, nats per token",
    "contradiction": "how far its answer contradicts theirs where the prompts are nearly alike",
    "embedding": "cosine in meaning to them",
    "nearness": "TF-IDF cosine to them, the baseline",
}


def _texts(listed: Sequence[tuple[str, dict[str, Example]]]) -> str:
    """Each opens on demand; without its text where that may not be shown."""
    parts = []
    for name, sides in listed:
        if not all(one.may_be_shown for one in sides.values()):
            parts.append(f"<details><summary>{html.code(name)}</summary>{_HIDDEN}</details>\n")
            continue
        texts = {
            f"{side} {message.role}".strip(): message.content[:_TEXT]
            + ("…" if message.content[_TEXT:] else "")
            for side, one in sides.items()
            for message in one.turns
        }
        parts.append(html.quote(html.code(name), texts))
    return "".join(parts)


_HIDDEN = html.paragraph("Its text is not shown.", "soft")


def _word(value: object) -> str:
    return value if isinstance(value, str) else "–"


def _signed(value: float | None) -> Number:
    return Number("–" if value is None else f"{value:+.4f}")
