"""`curate augment`: what augmentation would ask and cost, or its answers fetched, without a version.

The rows are those that the augment stage sees in a build. A judge is left out of a dry run: it would ask,
too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from curate.augment.rounds import Asking, Ended
from curate.building.decided import decided_in
from curate.building.partway import partway
from curate.building.pipeline import Pipeline, pipeline
from curate.flow.table import View
from curate.llm import HttpCompleter, Request, Unanswered
from curate.llm.budget import Estimate, estimate
from curate.progress import Say
from curate.stages.augment import Augment
from curate.workspace import Workspace
from schemas.errors import UsageError
from schemas.ledger import Event
from schemas.stage import Rows

_JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a build would ask. `cached` requests have their answer; `later` are those that follow from answers
    not there yet, such as the way back of a translation, counted in `ask`. `strategies` maps a name to
    children wanted and children whose every answer is there."""

    train_rows: int
    strategies: dict[str, tuple[int, int]]
    obstacles: dict[str, int]
    over_share: int
    cached: int
    later: int
    ask: Estimate
    price: tuple[Decimal, Decimal, str]
    max_usd: Decimal
    model: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "train_rows": self.train_rows,
            "strategies": {
                name: {"children": wanted, "answered": there}
                for name, (wanted, there) in self.strategies.items()
            },
            "obstacles": self.obstacles,
            "over_share": self.over_share,
            "requests": self.ask.requests,
            "cached": self.cached,
            "later": self.later,
            "input_tokens": self.ask.input_tokens,
            "output_tokens": self.ask.output_tokens,
            "usd": str(self.ask.usd),
            "worst_usd": str(self.ask.worst_usd),
            "usd_per_million": {"input": str(self.price[0]), "output": str(self.price[1])},
            "price_source": self.price[2],
            "max_usd": str(self.max_usd),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking, by strategy: children made, refused by gates, and what filters dropped again."""

    made: dict[str, int]
    refused: dict[str, int]
    dropped: dict[str, int]
    spent_usd: float
    complete: bool

    def to_dict(self) -> dict[str, Any]:
        return {
            "made": self.made,
            "refused": self.refused,
            "dropped": self.dropped,
            "spent_usd": self.spent_usd,
            "complete": self.complete,
        }


def outlook(recipe: Path, say: Say) -> Outlook:
    """Asks nobody. Raises RecipeError, SourceError, JournalError, DataError."""
    with _at_augment(recipe, say, lambda _: None, dry=True) as (stage, completer, rows):
        made = stage.plan(rows)
        stage.tell(made)
        rehearsal = completer.rehearsal()
        wanted = Counter(place.strategy.name for place in made.places)
        there: Counter[str] = Counter()
        later: list[Request] = []
        for askings, ended in stage.ask(made, rows, rehearsal):
            later += _later(askings, ended)
            there.update(
                asking.strategy.name
                for asking, end in zip(askings, ended, strict=True)
                if not isinstance(end.verdict, Unanswered)
            )
        price = completer.price
        return Outlook(
            train_rows=made.train_rows,
            strategies={name: (count, there[name]) for name, count in sorted(wanted.items())},
            obstacles=dict(sorted(Counter(reason for _, reason in made.obstacles).items())),
            over_share=made.over_share,
            cached=rehearsal.known,
            later=len(later),
            ask=estimate([*rehearsal.missing.values(), *later], price),
            price=(price.input, price.output, price.source),
            max_usd=completer.max_usd,
            model=completer.model,
        )


def ask(recipe: Path, say: Say) -> Asked:
    """Fetches every answer that a build would ask for, and keeps them for it. Raises as `outlook` does, and
    UsageError where the endpoint cannot be used."""
    with _at_augment(recipe, say, say, dry=False) as (stage, completer, rows):
        outcome = stage(rows)
        created = {e.example_id: e.reason for e in outcome.events if e.action == "created"}
        return Asked(
            made=dict(sorted(Counter(created.values()).items())),
            refused=_reasons(outcome.events, "flagged"),
            dropped=_reasons(outcome.events, "dropped"),
            spent_usd=completer.spent_usd,
            complete=completer.complete,
        )


def _reasons(events: Sequence[Event], action: str) -> dict[str, int]:
    found = Counter(e.reason for e in events if e.action == action)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


@contextmanager
def _at_augment(
    path: Path, say: Say, progress: Say, *, dry: bool
) -> Iterator[tuple[Augment, HttpCompleter, Rows]]:
    """The stage, its completer and the rows that reach it."""
    workspace = Workspace.open(path)
    if workspace.recipe.augment is None:
        raise UsageError(
            f"{path}: the recipe has no `augment`",
            "add one, such as `augment: {strategies: {paraphrase: 2}}`",
        )
    steps = pipeline(workspace.recipe, workspace.root, workspace.cache, decided_in(workspace), say)
    try:
        stage, completer = _augment(steps)
        before = [s for s in steps.steps[:-1] if not (dry and s.stage.name == _JUDGE)]
        with partway(workspace, before, say, progress) as work:
            yield stage, completer, View(work.table)
    finally:
        steps.close()


def _augment(steps: Pipeline) -> tuple[Augment, HttpCompleter]:
    stage = steps.steps[-1].stage
    assert isinstance(stage, Augment)
    return stage, steps.completers[-1]


def _later(askings: Sequence[Asking], ended: Sequence[Ended]) -> Iterator[Request]:
    """Requests that follow from those that are missing, taken to be like them."""
    for asking, end in zip(askings, ended, strict=True):
        unasked = isinstance(end.verdict, Unanswered)
        if unasked and asking.strategy.requests > 1 and end.request == asking.strategy.first(asking.wanted):
            yield end.request
