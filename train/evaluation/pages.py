"""What `train eval` and `train quant-check` print for people: of each set figures, differences and words.

Of `loss` less is better, of all other metrics more.
"""

from collections.abc import Iterator

from rich.table import Table

from schemas.evaluation import Comparison, Contrast, SetResult, SystemResult
from schemas.visible import visible
from train.evaluation.metrics.catalogue import LOSS
from train.evaluation.result import Evaluation
from train.tables import show

_SLICES = 5


def show_evaluation(evaluation: Evaluation) -> None:
    """On stdout."""
    for result in evaluation.sets:
        print(visible(_title(result)))
        show(_figures(result))
        for comparison in result.comparisons:
            print(f"\n{comparison.second} against {comparison.first}")
            show(_differences(comparison))
            for line in _slices(comparison):
                print(visible(line))
        if result.verdict:
            print(f"\n{result.verdict}")
        print()
    for name, reason in evaluation.info.absent.items():
        print(visible(f"{name} is left out: {reason}"))
    for note in evaluation.info.notes:
        print(visible(f"note: {note}"))
    print(f"answers, examples and slices: {evaluation.path}")


def _figures(result: SetResult) -> Table:
    """A row a metric, a column a system."""
    table = _table("metric", *(system.name for system in result.systems))
    names = dict.fromkeys(f.metric for system in result.systems for f in system.figures if f.examples)
    for metric in names:
        table.add_row(metric, *(_value(system, metric) for system in result.systems))
    if any(system.weights_bytes for system in result.systems):
        table.add_row("weights in memory", *(_bytes(system.weights_bytes) for system in result.systems))
    return table


def _differences(comparison: Comparison) -> Table:
    """A row a metric: the difference with its interval, and how many single answers are better."""
    table = _table("metric", "difference (95 %)", "better", "worse", "same")
    for contrast in comparison.contrasts:
        if contrast.examples:
            won = (contrast.wins, contrast.losses, contrast.ties)
            cells = ("–" if count is None else f"{count:,}" for count in won)
            table.add_row(contrast.metric, _difference(contrast), *cells)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, name in enumerate(columns):
        table.add_column(name, justify="right" if at else "left", no_wrap=True)
    return table


def _title(result: SetResult) -> str:
    kind = "" if result.kind == "split" else " (general)"
    grouped = "" if result.groups == result.examples else f" in {result.groups:,} groups"
    return f"{result.name}{kind}: {result.examples:,} examples{grouped}"


def _slices(comparison: Comparison) -> Iterator[str]:
    """Where the second is surely worse, by loss: one of twenty such slices is by chance alone."""
    if any(_lost(contrast) for contrast in comparison.contrasts):
        return  # it is worse everywhere
    worse = [
        (found, contrast) for found in comparison.slices for contrast in found.contrasts if _lost(contrast)
    ]
    for found, contrast in sorted(worse, key=lambda each: -(each[1].difference or 0.0))[:_SLICES]:
        yield (
            f"{comparison.second} is worse than {comparison.first} where {found.by} is {found.value}: "
            f"loss {_difference(contrast)}, {found.examples:,} examples"
        )


def _lost(contrast: Contrast) -> bool:
    return contrast.metric == LOSS and contrast.sure and (contrast.difference or 0.0) > 0


def _value(system: SystemResult, metric: str) -> str:
    found = next((figure.value for figure in system.figures if figure.metric == metric), None)
    return "–" if found is None else _number(metric, found)


def _difference(contrast: Contrast) -> str:
    """With its interval; a star where zero lies outside."""
    if contrast.difference is None:
        return "–"
    told = _number(contrast.metric, contrast.difference, sign=True)
    if contrast.low is None or contrast.high is None:
        return f"{told} (too few examples)"
    low, high = (_number(contrast.metric, bound, sign=True) for bound in (contrast.low, contrast.high))
    return f"{told} ({low} to {high}) {'*' if contrast.sure else ' '}"


def _number(metric: str, value: float, *, sign: bool = False) -> str:
    """Losses in nats with four decimals; sacrebleu's metrics from 0 to 100; all others from 0 to 1."""
    plus = "+" if sign else ""
    if metric == LOSS:
        return f"{value:{plus}.4f}"
    return f"{value:{plus}.1f}" if metric in ("bleu", "chrf") else f"{value:{plus}.3f}"


def _bytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 2**20:,.1f} MiB"
