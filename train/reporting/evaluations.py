"""What `train eval` measured: a metric a row, the systems side by side, then how far they differ."""

from collections.abc import Sequence

from curate import html
from curate.html import Html, Number
from schemas.evaluation import Comparison, Contrast, EvalInfo, Figure, SetResult


def evaluations(found: Sequence[EvalInfo]) -> str:
    """Latest first. Nothing of what a model answered is shown."""
    parts: list[str] = []
    for info in reversed(found):
        parts.append(
            html.paragraph(f"{info.kind} {info.name}, {info.made_at} (UTC), {info.device}, {info.dtype}")
        )
        parts += [html.paragraph(note, "soft") for note in info.notes]
        parts += [html.paragraph(f"{name}: {why}", "soft") for name, why in info.absent.items()]
        for own in info.sets:
            parts += _set(own)
    return "".join(parts)


def _set(own: SetResult) -> list[str]:
    by_system = {system.name: {figure.metric: figure for figure in system.figures} for system in own.systems}
    metrics = list(dict.fromkeys(metric for figures in by_system.values() for metric in figures))
    rows = [[metric, *(_figure(figures.get(metric)) for figures in by_system.values())] for metric in metrics]
    caption = f"{own.name}: {own.examples:,} examples, {own.groups:,} groups"
    parts: list[str] = [html.table(caption, ["metric", *by_system], rows)]
    if own.verdict:
        parts.append(html.paragraph(own.verdict))
    return parts + [_comparison(own, one) for one in own.comparisons]


def _comparison(own: SetResult, one: Comparison) -> Html:
    rows = [[c.metric, _signed(c.difference), _interval(c), _counts(c)] for c in one.contrasts]
    caption = f"{own.name}: {one.second} less {one.first}, paired"
    head = ["metric", "difference", "95 % interval", "better · alike · worse"]
    return Html(html.table(caption, head, rows))


def _figure(figure: Figure | None) -> Number:
    return Number("–" if figure is None or figure.value is None else f"{figure.value:.4f}")


def _signed(value: float | None) -> Number:
    return Number("–" if value is None else f"{value:+.4f}")


def _interval(one: Contrast) -> str:
    if one.low is None or one.high is None:
        return "too few groups of examples"
    return f"{one.low:+.4f} to {one.high:+.4f}{'' if one.sure else ', zero inside'}"


def _counts(one: Contrast) -> str:
    return "" if one.wins is None else f"{one.wins:,} · {one.ties or 0:,} · {one.losses or 0:,}"
