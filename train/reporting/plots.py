"""The pictures of a report. Losses in nats per trained token throughout."""

import numpy as np

from curate.html import Html
from schemas.arrays import Floats
from train.drawing.plot import KINDS, Kind, Plot
from train.drawing.scale import Scale
from train.reporting.curves import Curves
from train.reporting.examples import Row
from train.reporting.figures import Figures, Histogram, Points
from train.reporting.tracks import Band, Track

_LOSS = "nats per token"
_NAMES = {
    "learning_rate": "learning rate",
    "grad_norm": "norm of the gradient, before clipping",
    "token_accuracy": "share of trained tokens that are the likeliest one",
    "tokens_per_s": "tokens a second",
    "gpu_memory_gib": "GPU memory at most, GiB",
}
_SMALL = (340, 190)
_BINS = 12


def kind_of(split: str, splits: list[str]) -> Kind:
    """A split's colour, the same in all pictures."""
    return KINDS[splits.index(split) % len(KINDS)]


def loss_curve(found: Figures) -> Html:
    curves = found.curves
    base = next((s.base for s in found.slices.splits if s.split == "validation"), None)
    validated = [loss for _, loss in curves.validation]
    raw = curves.values.get("loss", [])
    # A first step far above all others would press the rest flat.
    shown = [loss for loss in raw if loss <= 1.5 * max(curves.smoothed, default=0.0)]
    y = Scale.over(shown, curves.smoothed, validated, [] if base is None else [base])
    plot = Plot(Scale.over([0], curves.step), y, "step", _LOSS)
    plot.line(curves.step, raw, "grey", "thin")
    plot.legend("grey", "training, as seen")
    plot.line(curves.step, curves.smoothed, "one")
    plot.legend("one", "training, smoothed")
    if validated:
        steps = [step for step, _ in curves.validation]
        plot.line(steps, validated, "two")
        for step, loss in curves.validation:
            best = " (kept)" if step == found.step else ""
            plot.dot(step, loss, "two", f"step {step}: validation loss {loss:.4f}{best}")
        plot.legend("two", "validation")
    if base is not None:
        plot.line([0, plot.x.high], [base, base], "three", "dash")
        plot.legend("three", "validation, untuned model")
    mean = f" Every point is the mean of up to {curves.per_point} steps." if curves.per_point > 1 else ""
    return plot.figure(
        f"Loss over {curves.steps:,} steps. Training losses are those of a model that moves, with dropout; "
        f"validation losses are snapshots.{mean}"
    )


def small_curves(curves: Curves) -> Html:
    """The rest that was recorded at every step."""
    parts = []
    for name, words in _NAMES.items():
        values = curves.values.get(name)
        if values:
            y = Scale.over(values, zero=name != "grad_norm")
            plot = Plot(Scale.over([0], curves.step), y, "step", "", *_SMALL)
            plot.line(curves.step, values, "one")
            parts.append(plot.figure(words))
    return Html(f'<div class="plots">{"".join(parts)}</div>')


def histogram(one: Histogram) -> Html:
    counts = [*one.adapter, *(one.base or [])]
    plot = Plot(Scale(one.edges[0], one.edges[-1]), Scale.over(counts, zero=True), _LOSS, "examples", *_SMALL)
    if one.base is not None:
        plot.bars(one.edges, one.base, "grey")
        plot.legend("grey", "untuned")
    plot.bars(one.edges, one.adapter, "one")
    plot.legend("one", "tuned")
    return plot.figure(f"{one.split}: examples by loss; the last bar holds all above")


def before_and_after(points: tuple[Points, ...], named: list[Row], splits: list[str]) -> Html:
    """A dot an example; below the diagonal training helped."""
    pairs = {
        own.split: [(b, v) for b, v in zip(own.base, own.loss, strict=True) if b is not None]
        for own in points
    }
    called = [(row, row.base) for row in named if row.base is not None]
    everything = [*(pair for own in pairs.values() for pair in own), *((b, row.loss) for row, b in called)]
    both = Scale.over(*everything, zero=True)
    plot = Plot(both, both, f"untuned, {_LOSS}", f"tuned, {_LOSS}", 560, 420)
    plot.line([both.low, both.high], [both.low, both.high], "grey", "dash")
    for split, own in pairs.items():
        plot.dots([base for base, _ in own], [loss for _, loss in own], kind_of(split, splits))
        if own:
            plot.legend(kind_of(split, splits), split)
    for row, base in called:
        says = f"{row.example_id} ({row.split}): {base:.3f} → {row.loss:.3f}"
        plot.dot(base, row.loss, kind_of(row.split, splits), says, f"e-{row.example_id}", 3)
    return plot.figure(
        f"Loss of each example before and after.{sampled(points)} Below the dashed line training helped. "
        "Large dots are listed below."
    )


def by_length(points: tuple[Points, ...], splits: list[str]) -> Html:
    tokens = [n for p in points for n in p.n_tokens]
    losses = [loss for p in points for loss in p.loss]
    plot = Plot(Scale.over(tokens, log=True), Scale.over(losses, zero=True), "trained tokens", _LOSS)
    for own in points:
        plot.dots(own.n_tokens, own.loss, kind_of(own.split, splits))
        plot.legend(kind_of(own.split, splits), own.split)
    middle = _medians(np.array(tokens, dtype=np.float64), np.array(losses, dtype=np.float64))
    plot.line([x for x, _ in middle], [y for _, y in middle], "grey")
    plot.legend("grey", "median")
    return plot.figure(f"Length of what is trained of an example, against its loss.{sampled(points)}")


def trajectories(bands: tuple[Band, ...], lines: tuple[Track, ...], splits: list[str]) -> Html:
    """The middle of each split from snapshot to snapshot, and single train examples."""
    steps = [step for band in bands for step in band.steps]
    highs = [value for band in bands for value in band.high]
    most = max(highs, default=1.0)
    plot = Plot(Scale.over(steps), Scale.over([0.0, most * 1.15], zero=True), "step", _LOSS)
    for line in lines:
        plot.line(line.steps, np.minimum(line.losses, plot.y.high), "grey", "thin")
    if lines:
        plot.legend("grey", f"{len(lines)} examples of {lines[0].split}")
    for band in bands:
        kind = kind_of(band.split, splits)
        plot.band(band.steps, band.low, band.high, kind)
        plot.line(band.steps, band.median, kind)
        plot.legend(kind, f"{band.split}: median, 10 % to 90 %")
    return plot.figure("Losses at the snapshots; step 0 is the untuned model")


def sampled(points: tuple[Points, ...]) -> str:
    """A sentence where a plot does not show every example."""
    cut = [f"{len(p.loss):,} of {p.of:,} {p.split}" for p in points if len(p.loss) < p.of]
    return f" A sample: {', '.join(cut)} examples." if cut else ""


def _medians(tokens: Floats, losses: Floats) -> list[tuple[float, float]]:
    """Median loss in ranges of about equally many examples."""
    order = np.argsort(tokens, kind="stable")
    parts = np.array_split(order, min(_BINS, max(1, len(order) // 5)))
    return [(float(np.median(tokens[part])), float(np.median(losses[part]))) for part in parts if len(part)]
