"""Augment: children for the train split, each through every gate and filter that rows passed.

Placed after split. A child stands in its parent's split, group, source, line, tags and priority, and has an
id of its own. What does not become a child leaves a `flagged` event on its parent with the reason
`augment:<gate>` (`budget`, `failed` and `rejected` where there was no answer). What became one and is refused
by a filter or stands too near another row is `created` and then `dropped`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from curate.augment.catalogue import prompts_of, strategies_of
from curate.augment.dead_letters import DeadLetter
from curate.augment.neighbours import Neighbour, too_near
from curate.augment.plan import Place, Plan, advice, plan
from curate.augment.rounds import Ended, ask_all
from curate.augment.senses import Senses
from curate.augment.verdict import Passed, Refused
from curate.llm import Completer, Unanswered
from schemas import recipe
from schemas.example import Example, hash_messages
from schemas.ledger import Event
from schemas.stage import Outcome, Scope, Stage


class Augment:
    """`filters` are the row stages that imported rows passed, with the same settings; `similarity` says what
    counts as near. All that touches the network, the disk and the clock is in `complete`, `bury` (which gets
    the dead letters) and `say`. `root` is the recipe's folder, where the user's prompts are.

    Raises RecipeError for prompts and languages that cannot be used."""

    name = "augment"
    version = 2
    scope: Scope = "dataset"

    def __init__(
        self,
        settings: recipe.Augment,
        complete: Completer,
        filters: Sequence[Stage],
        similarity: recipe.Dedup,
        *,
        root: Path = Path(),
        senses: Senses | None = None,
        bury: Callable[[Sequence[DeadLetter]], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._complete = complete
        self._filters = filters
        self._similarity = similarity
        self._senses = senses or Senses()
        self._bury = bury
        self._say = say
        self._prompts = prompts_of(settings, root)
        self._strategies = strategies_of(settings, self._prompts, root)

    @property
    def prompts(self) -> list[str]:
        """Versions of every prompt that a child may come from: a changed word is a changed stage."""
        return sorted({*(s.prompt for s in self._strategies), self._prompts["retry"].version})

    def plan(self, rows: Sequence[Example]) -> Plan:
        return plan(rows, self._strategies, self._settings)

    def ask(self, made: Plan, complete: Completer) -> list[Ended]:
        """What becomes of each place, asked of any completer."""
        return ask_all(made.places, complete, self._prompts, self._senses, self._settings.retries)

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        made = self.plan(rows)
        self.tell(made)
        events = [
            Event(parent_id, self.name, "flagged", f"augment:{obstacle}")
            for parent_id, obstacle in made.obstacles
        ]
        children: list[Example] = []
        letters: list[DeadLetter] = []
        for place, ended in zip(made.places, self.ask(made, self._complete), strict=True):
            if isinstance(ended.verdict, Passed):
                children.append(self._child(place, ended.verdict))
            elif not (isinstance(ended.verdict, Unanswered) and ended.verdict.reason == "budget"):
                letters.append(self._letter(place, ended, ended.verdict))
            events.append(self._event(place, ended.verdict))
        self._bury(letters)
        for stage in self._filters:
            outcome = stage(children)
            children = outcome.rows
            events += [_restamped(event, stage.name) for event in outcome.events]
        neighbours = too_near(rows, children, self._similarity)
        kept = list(_without(children, neighbours, self._similarity.threshold, events))
        return Outcome([*rows, *kept], events)

    def tell(self, made: Plan) -> None:
        """What a user should know of a plan before it costs money."""
        words = advice(made)
        if words is not None:
            self._say(f"augment: {words}")
        if made.over_share:
            self._say(
                f"augment: {made.over_share:,} children more would pass max_share "
                f"{self._settings.max_share:g} of the train split, and are not asked for"
            )

    def _child(self, place: Place, passed: Passed) -> Example:
        parent = place.wanted.parent
        return replace(
            parent,
            example_id=hash_messages(passed.messages),
            messages=passed.messages,
            parent_id=parent.example_id,
            cluster_id=None,
            origin="augmented",
            flags=(),
            metadata={"augment": self._origin(place)},
            protected=False,
        )

    def _event(self, place: Place, verdict: Passed | Refused | Unanswered) -> Event:
        parent_id = place.wanted.parent.example_id
        detail = self._origin(place)
        if isinstance(verdict, Unanswered):
            return Event(parent_id, self.name, "flagged", f"augment:{verdict.reason}", detail=detail)
        if isinstance(verdict, Refused):
            return Event(
                parent_id,
                self.name,
                "flagged",
                f"augment:{verdict.gate}",
                score=verdict.score,
                threshold=verdict.threshold,
                detail=detail,
            )
        child_id = hash_messages(verdict.messages)
        return Event(
            child_id,
            self.name,
            "created",
            place.strategy.name,
            score=verdict.similarity,
            matched_id=parent_id,
            after_hash=child_id,
            detail=detail,
        )

    def _letter(self, place: Place, ended: Ended, verdict: Refused | Unanswered) -> DeadLetter:
        parent = place.wanted.parent
        return DeadLetter(
            parent_id=parent.example_id,
            source=parent.source,
            line=parent.line,
            strategy=place.strategy.name,
            sample=place.wanted.sample,
            prompt=place.strategy.prompt,
            reason=verdict.gate if isinstance(verdict, Refused) else verdict.reason,
            words=verdict.words,
            request=self._complete.key(ended.request),
            answer=ended.answer.content or ended.answer.refusal if ended.answer is not None else None,
        )

    def _origin(self, place: Place) -> Mapping[str, Any]:
        return {
            **place.strategy.about(place.wanted),
            "model": self._complete.model,
            "prompt": place.strategy.prompt,
            "sample": place.wanted.sample,
            "strategy": place.strategy.name,
        }


def _restamped(event: Event, stage: str) -> Event:
    reason = event.reason if event.reason.startswith(f"{stage}:") else f"{stage}:{event.reason}"
    return replace(event, stage=Augment.name, reason=reason)


def _without(
    children: Sequence[Example],
    neighbours: Mapping[int, Neighbour],
    threshold: float,
    events: list[Event],
) -> Iterator[Example]:
    """The children that stay. One that a reviewer said to keep stays whatever it is near to, flagged."""
    for index, child in enumerate(children):
        near = neighbours.get(index)
        if near is None:
            yield child
            continue
        events.append(
            Event(
                child.example_id,
                Augment.name,
                "kept_by_review" if child.protected else "dropped",
                near.reason,
                score=near.jaccard,
                threshold=threshold,
                matched_id=near.matched_id,
            )
        )
        if child.protected:
            yield child.flagged(near.reason)
