"""A sweep as a page: the table, what a lower loss costs, and the best settings."""

from curate import html
from curate.html import Html, Number
from train.drawing.plot import STYLE, Kind, Plot
from train.drawing.scale import Scale
from train.sweeping.compare import Row, Tried
from train.sweeping.running import Sweep
from train.sweeping.table import apart, best_recipe, front, settings_of, spread, state, words
from train.sweeping.trials import shown

_WIDE = "th, td { overflow-wrap: break-word }\n"  # many columns: rather scrolled than cut within words


def page(sweep: Sweep) -> str:
    return html.page(
        f"{sweep.recipe.name} · sweep {sweep.path.name}",
        [
            ("", _head(sweep)),
            ("Settings", _table(sweep)),
            ("What it costs", _plots(sweep)),
            ("The best", _best(sweep)),
            ("Runs", _runs(sweep)),
        ],
        STYLE + _WIDE,
    )


def _head(sweep: Sweep) -> str:
    done = sum(one.finished for one in sweep.tried)
    return html.paragraph(
        f"{done} of {len(sweep.tried)} runs on dataset version {sweep.dataset_version}. Chosen by validation "
        f"loss on {sweep.found.examples:,} examples; test losses are shown, and nothing is chosen by them."
    ) + "".join(html.paragraph(line, "soft") for line in words(sweep))


def _table(sweep: Sweep) -> str:
    names = settings_of([row.settings for row in sweep.found.rows])
    rows = [
        [
            row.name,
            *(shown(row.settings.get(name)) for name in names),
            spread(row),
            state(row),
            _nats(row.validation),
            apart(row),
            _nats(row.test),
            Number("–" if row.minutes is None else f"{row.minutes:.1f}"),
            Number("–" if row.weights is None else f"{row.weights:,}"),
            front(row),
        ]
        for row in sweep.found.rows
    ]
    figures = ["validation", "against the best (95 %)", "test", "minutes", "trained weights", "front"]
    head = ["", *names, "seeds", "state", *figures]
    return html.table(
        "Nats per trained token, best first. Minutes are those of the training steps", head, rows
    )


def _plots(sweep: Sweep) -> str:
    rows = [row for row in sweep.found.rows if row.complete and row.validation is not None]
    if len(rows) < 2:
        return html.paragraph("Fewer than two settings have a loss.", "soft")
    return "".join(
        [
            _front(rows, [row.minutes or 0.0 for row in rows], "minutes of training steps", "minutes"),
            _front(rows, [float(row.weights or 0) for row in rows], "trained weights", "weights"),
        ]
    )


def _front(rows: list[Row], costs: list[float], name: str, cost: str) -> Html:
    """Every setting as a dot, those that nothing beats joined by a line."""
    losses = [row.validation or 0.0 for row in rows]
    plot = Plot(Scale.over(costs), Scale.over(losses), name, "validation loss, nats per token")
    on = sorted(
        (c, loss) for row, c, loss in zip(rows, costs, losses, strict=True) if getattr(row, f"pareto_{cost}")
    )
    plot.line([c for c, _ in on], [loss for _, loss in on], "two", "dash")
    for row, c, loss in zip(rows, costs, losses, strict=True):
        kind: Kind = "two" if getattr(row, f"pareto_{cost}") else "one"
        settings = ", ".join(f"{key} {shown(value)}" for key, value in row.settings.items())
        plot.dot(c, loss, kind, f"{row.name}: {settings}: {loss:.4f}")
        plot.text(c, loss, row.name)
    plot.legend("two", "no other one has as low a loss for less")
    plot.legend("one", "beaten in both")
    return plot.figure(f"Validation loss against {name}.")


def _best(sweep: Sweep) -> str:
    text = best_recipe(sweep)
    if not text:
        return html.paragraph("No setting has ended with all its seeds.", "soft")
    return f"<pre>{html.escaped_lines(text)}</pre>"


def _runs(sweep: Sweep) -> str:
    rows = [
        [row.name, str(one.trial.seed), _run(one), one.state, one.steps, one.why or ""]
        for row in sweep.found.rows
        for one in row.tried
    ]
    return html.table(
        "Each is a run of the workspace: `train report RUN`, `train losses RUN`",
        ["", "seed", "run", "state", "steps", "why"],
        rows,
    )


def _run(one: Tried) -> Html:
    return html.code(one.run.id if one.run else "–")


def _nats(loss: float | None) -> Number:
    return Number("–" if loss is None else f"{loss:.4f}")
