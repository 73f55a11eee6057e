"""A sweep for a terminal: the table, best first, a plot of what is paid for it, and the best as a recipe."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from schemas.canonical import to_json
from schemas.visible import visible_line
from train.drawing.terminal import scatter
from train.sweeping.compare import Comparison, Row
from train.sweeping.running import Plan, Sweep
from train.sweeping.snippet import edges, snippet
from train.sweeping.trials import shown
from train.tables import blank_table, nats


def sweep_table(found: Comparison) -> Table:
    """Losses in nats per trained token. `vs best`: how far above the best one, with its 95 % interval."""
    names = settings_of([row.settings for row in found.rows])
    seeds = any(len(row.tried) > 1 for row in found.rows)
    table = blank_table("", *names, *(["seeds"] if seeds else []), "state")
    for name in ("validation", "vs best", "test", "minutes", "weights"):
        table.add_column(name, justify="right")
    table.add_column("front")
    for row in found.rows:
        table.add_row(
            row.name,
            *(_cell(row.settings.get(name)) for name in names),
            *([spread(row)] if seeds else []),
            state(row),
            nats(row.validation),
            apart(row),
            nats(row.test),
            "–" if row.minutes is None else f"{row.minutes:.1f}",
            "–" if row.weights is None else f"{row.weights:,}",
            front(row),
        )
    return table


def plan_table(plan: Plan) -> Table:
    names = settings_of([one.trial.settings for one in plan.trials])
    table = blank_table("", *names, "seed", "steps", "stands")
    for n, one in enumerate(plan.trials):
        run = plan.standing.of(one)
        table.add_row(
            str(n + 1),
            *(_cell(one.trial.settings.get(name)) for name in names),
            str(one.trial.seed),
            f"{one.steps:,}",
            f"{run.state} {run.id}" if run else "",
        )
    return table


def pareto(found: Comparison) -> Text | None:
    """Validation loss against minutes; None for fewer than two settings with a loss."""
    points = [
        (row.name, row.minutes, row.validation)
        for row in found.rows
        if row.complete and row.minutes is not None and row.validation is not None
    ]
    if len(points) < 2:
        return None
    return Text(scatter(points, "minutes of training steps", "validation loss"))


def words(sweep: Sweep) -> Iterator[str]:
    """What is to be known beside the table."""
    found = sweep.found
    if found.of and found.examples < found.of:
        yield (
            f"compared on {found.examples:,} of {found.of:,} validation examples: the others are cut or left "
            "out by some of the settings"
        )
    for row in found.rows:
        for one in row.tried:
            if one.why:
                yield f"{row.name}, seed {one.trial.seed}: {one.why}"
    if sweep.pending:
        yield f"{sweep.pending} runs have no end yet: `train sweep` goes on with them"
    best = found.best
    if best is None:
        return
    unsure = [row.name for row in found.rows if row.against_best and not row.against_best.sure]
    if unsure:
        yield (
            f"not surely worse than {best.name} on these examples: {', '.join(unsure)} (and another seed "
            "may move them)"
        )
    yield from edges(found)


def best_recipe(sweep: Sweep) -> str:
    """The best settings as YAML, nothing where there is no best one."""
    best = sweep.found.best
    return f"# best by validation loss: {best.name}\n{snippet(best)}" if best else ""


def settings_of(settings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of the settings that differ, in order of appearance; of all where none does."""
    listed = list(settings)
    names = list(dict.fromkeys(name for one in listed for name in one))
    differing = [name for name in names if len({to_json(one.get(name)) for one in listed}) > 1]
    return differing or names


def _cell(value: Any) -> Text:
    return Text(visible_line(shown(value)))


def state(row: Row) -> str:
    states = [one.state for one in row.tried]
    return (
        states[0] if len(set(states)) == 1 else f"{sum(one.finished for one in row.tried)} of {len(states)}"
    )


def spread(row: Row) -> str:
    """How many seeds, and the losses of the best and the worst one."""
    if len(row.tried) == 1 or row.seeds_low is None:
        return str(len(row.tried))
    return f"{len(row.tried)}: {row.seeds_low:.4f} to {row.seeds_high:.4f}"


def apart(row: Row) -> str:
    gap = row.against_best
    if gap is None:
        return "best" if row.complete and row.validation is not None else "–"
    interval = f" ({gap.interval.low:+.4f} to {gap.interval.high:+.4f})" if gap.interval else ""
    return f"{gap.value:+.4f}{interval}"


def front(row: Row) -> str:
    """On which Pareto front a setting is: nothing else is as good for less."""
    return ", ".join(name for name, on in (("time", row.pareto_minutes), ("size", row.pareto_weights)) if on)
