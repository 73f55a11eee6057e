"""The sections of a run's `report.html`. All that data or people wrote passes `curate.html`'s gate."""

from collections.abc import Mapping, Sequence
from typing import Any

from curate import html
from curate.html import Html, Number
from train.drawing.plot import STYLE as PLOT_STYLE
from train.evaluation.resampling import FEWEST_GROUPS
from train.paired import Difference
from train.reporting import plots
from train.reporting.evaluations import evaluations
from train.reporting.examples import Listed, Row, Shown
from train.reporting.figures import Figures
from train.reporting.left_out import LeftOut
from train.reporting.slices import Slice
from train.reporting.texts import STYLE as TEXT_STYLE
from train.reporting.texts import example

_MOST_LISTED = 20


def page(found: Figures, examples: Sequence[Shown]) -> str:
    """The whole page. `examples` are those of `found.listed`, with their texts."""
    splits = [own.split for own in found.slices.splits]
    rows = [one.row for one in examples]
    return html.page(
        f"{found.recipe.name} · run {found.info.run}",
        [
            ("", _head(found)),
            ("Losses", _losses(found)),
            ("Course", plots.loss_curve(found) + plots.small_curves(found.curves)),
            ("Distribution", _distribution(found, rows, splits)),
            ("Slices", _slices(found)),
            ("Length", plots.by_length(found.points, splits)),
            ("Snapshots", _snapshots(found, splits)),
            ("Worst and most improved", _listed(found.listed)),
            ("Examples", _examples(examples)),
            *([("Evaluation", evaluations(found.evaluations))] if found.evaluations else []),
            ("Cut and left out", _left_out(found.left_out)),
            ("Settings", _settings(found)),
        ],
        PLOT_STYLE + TEXT_STYLE,
    )


def _head(found: Figures) -> str:
    info, tokens = found.info, found.info.tokens
    steps = f"{info.step:,} of {info.total_steps or info.step:,} steps"
    facts: list[tuple[str, object]] = [
        ("state", f"{found.state}, {steps}; kept: step {found.step:,}"),
        ("data version", html.code(info.dataset_version)),
        ("base model", info.base_model),
        ("method", info.method),
        ("seed", str(info.seed)),
        ("started, finished", f"{info.started_at} · {info.finished_at or '–'} (UTC)"),
        ("training steps took", f"{found.curves.seconds / 60:,.1f} minutes"),
        ("chat template", html.code(info.template_sha256[:16])),
        ("system prompt", html.code(info.system_prompt_sha256[:16])),
        ("packages", ", ".join(f"{name} {version}" for name, version in info.packages.items())),
    ]
    if tokens:
        facts.insert(5, ("tokens", f"{tokens.trained:,} trained of {tokens.total:,}"))
    return html.table("What was trained, and on what", ["", ""], facts)


def _losses(found: Figures) -> str:
    rows = [
        [own.split, own.examples, own.tokens, _nats(own.base), _nats(own.loss), *_gain(own.gain)]
        for own in found.slices.splits
    ]
    head = ["split", "examples", "trained tokens", "untuned", "tuned", "gain", "95 % interval of the gain"]
    return html.table(
        "Nats per trained token, by the untuned model and by the adapter that was kept", head, rows
    ) + html.paragraph(
        "Gain is untuned less tuned, with a paired bootstrap over groups of examples: what other examples "
        "could have shown, not another seed. On train, a gain is partly memory.",
        "soft",
    )


def _distribution(found: Figures, rows: list[Row], splits: list[str]) -> str:
    parts = "".join(plots.histogram(one) for one in found.histograms)
    scatter = (
        plots.before_and_after(found.points, rows, splits)
        if any(b is not None for p in found.points for b in p.base)
        else html.paragraph("The untuned model was not measured: add `base` to train.snapshots.", "soft")
    )
    return f'<div class="plots">{parts}</div>{scatter}'


def _slices(found: Figures) -> str:
    own = found.slices
    parts = []
    captions = {"source": "source", "tag": "tag", "length": "trained tokens of an example"}
    for by, name in captions.items():
        rows = [_slice(one) for one in own.slices if one.by == by]
        if rows:
            head = [name, "examples", "untuned", "tuned", "gain", "95 % interval of the gain"]
            parts.append(html.table(f"{own.held_out}, by {name}", head, rows))
        if own.more.get(by):
            more = f"… and {own.more[by]:,} more, smaller or of fewer than {FEWEST_GROUPS} examples."
            parts.append(html.paragraph(more, "soft"))
    return "".join(parts)


def _slice(one: Slice) -> list[object]:
    return [one.name, one.examples, _nats(one.base), _nats(one.loss), *_gain(one.gain)]


def _snapshots(found: Figures, splits: list[str]) -> str:
    own = found.tracks
    rows = [
        [_name(one.example_id), one.split, " → ".join(f"{loss:.2f}" for loss in one.losses), one.rise]
        for one in own.risen
    ]
    return plots.trajectories(own.bands, own.lines, splits) + html.table(
        "Learnt, then lost: examples whose loss rose again, by how far above their lowest",
        ["example", "split", "loss by snapshot", "rise"],
        rows,
    )


def _listed(listed: Listed) -> str:
    parts = [_rows(f"Highest loss in {split}", rows) for split, rows in listed.worst.items()]
    parts.append(_rows("Most improved", listed.improved))
    parts.append(_rows("Made worse by training", listed.worsened))
    return "".join(parts)


def _rows(caption: str, rows: Sequence[Row]) -> str:
    head = ["example", "split", "tokens", "untuned", "tuned", "gain", "cut"]
    listed = [
        [
            Html(f'<a href="#e-{html.escaped(row.example_id)}">{html.code(row.example_id)}</a>'),
            row.split,
            row.n_tokens,
            _nats(row.base),
            _nats(row.loss),
            _signed(row.gain),
            "cut" if row.truncated else "",
        ]
        for row in rows
    ]
    return html.table(caption, head, listed)


def _examples(examples: Sequence[Shown]) -> str:
    note = (
        "Texts are those of the dataset version, as they were written. Rows that pii or toxicity flagged are "
        "not shown. `curate why ID` tells the story of one; `curate review` decides."
    )
    return html.paragraph(note, "soft") + "".join(example(one) for one in examples)


def _left_out(own: LeftOut) -> str:
    parts: list[str] = [
        html.paragraph(f"{len(own.truncated):,} examples are cut at train.max_length {own.max_length:,}.")
    ]
    if own.truncated:
        names = " ".join(html.code(name) for name in own.truncated[:_MOST_LISTED])
        parts.append(Html(f"<p>{names}{_more(len(own.truncated))}</p>"))
    if own.untrained is None:
        parts.append(html.paragraph("The dataset version is gone: what was left out cannot be told.", "warn"))
    else:
        rows = [[_name(name), split, why] for name, split, why in own.untrained[:_MOST_LISTED]]
        parts.append(
            html.table(
                f"Not trained on: {len(own.untrained):,} examples"
                + (f", the first {_MOST_LISTED} of them" if len(own.untrained) > _MOST_LISTED else ""),
                ["example", "split", "why"],
                rows,
            )
        )
    return "".join(parts)


def _settings(found: Figures) -> str:
    train = found.recipe.train
    rows = list(_flat(train.model_dump(mode="json"))) if train else []
    return html.table(
        "As it was trained; config.yaml holds it", ["train.", ""], [[key, str(value)] for key, value in rows]
    )


def _flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Keys of nested sections with dots."""
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        found += _flat(value, f"{before}{name}.") if isinstance(value, Mapping) else [(before + name, value)]
    return found


def _gain(gain: Difference | None) -> tuple[Number, str]:
    if gain is None:
        return _signed(None), "–"
    if gain.interval is None:
        return _signed(gain.value), "too few groups of examples"
    unsure = "" if gain.sure else ", zero inside"
    return _signed(gain.value), f"{gain.interval.low:+.4f} to {gain.interval.high:+.4f}{unsure}"


def _nats(loss: float | None) -> Number:
    return Number("–" if loss is None else f"{loss:.4f}")


def _signed(loss: float | None) -> Number:
    return Number("–" if loss is None else f"{loss:+.4f}")


def _name(example_id: str) -> Html:
    return html.code(example_id)


def _more(n: int) -> str:
    return f" … and {n - _MOST_LISTED:,} more; --json has them all" if n > _MOST_LISTED else ""
