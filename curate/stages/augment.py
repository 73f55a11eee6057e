"""Augment: children for the train split, each through every gate and filter that rows passed.

Placed after split. A child stands in its parent's split, group, source, line, tags and priority, and has an
id of its own. What does not become a child leaves a `flagged` event on its parent with the reason
`augment:<gate>` (`budget`, `failed` and `rejected` where there was no answer). What became one and is refused
by a filter or stands too near another row is `created` and then `dropped`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from curate.augment.catalogue import prompts_of, strategies_of
from curate.augment.children import Children
from curate.augment.dead_letters import DeadLetter
from curate.augment.filtering import filtered
from curate.augment.neighbours import Neighbour, too_near
from curate.augment.plan import Plan, advice, plan
from curate.augment.rounds import Asking, Ended, ask_all
from curate.augment.senses import Senses
from curate.augment.verdict import Passed, Refused
from curate.llm import Completer, Unanswered
from schemas import recipe
from schemas.example import Example, hash_messages
from schemas.ledger import Event
from schemas.stage import Made, Rows, Stage

WAVE = 8192  # children asked for together: the texts of so many are in memory


class Augment:
    """`filters` are the row stages that imported rows passed, with the same settings; `similarity` says what
    counts as near. All that touches the network, the disk and the clock is in `complete`, `bury` (which gets
    the dead letters) and `say`. `root` is the recipe's folder, where the user's prompts are.

    Raises RecipeError for prompts and languages that cannot be used."""

    name = "augment"
    version = 3
    scope: Literal["dataset"] = "dataset"

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

    def plan(self, rows: Rows) -> Plan:
        return plan(rows, self._strategies, self._settings)

    def ask(
        self, made: Plan, rows: Rows, complete: Completer
    ) -> Iterator[tuple[Sequence[Asking], Sequence[Ended]]]:
        """What becomes of the places, wave by wave, asked of any completer. By the Batch API all are one
        wave: each round of one is a wait of up to a day."""
        size = max(1, len(made.places)) if self._settings.batch else WAVE
        for start in range(0, len(made.places), size):
            places = made.places[start : start + size]
            needed = sorted({row for place in places for row in (place.parent, *place.beside)})
            examples = dict(zip(needed, rows.take(needed), strict=True))
            askings = [Asking(place.strategy, place.wanted(examples)) for place in places]
            yield askings, ask_all(askings, complete, self._prompts, self._senses, self._settings.retries)

    def __call__(self, rows: Rows) -> Made:
        made = self.plan(rows)
        self.tell(made)
        events = [
            Event(parent_id, self.name, "flagged", f"augment:{obstacle}")
            for parent_id, obstacle in made.obstacles
        ]
        children = Children()
        letters: list[DeadLetter] = []
        for askings, ended in self.ask(made, rows, self._complete):
            passed = filtered(self._filters, self._passed(askings, ended, events, letters))
            children.add(passed.rows, passed.table)
            events += [_restamped(event, stage) for stage, event in passed.events]
        self._bury(letters)
        neighbours = too_near(rows, children, self._similarity)
        events += _told(children, neighbours, self._similarity.threshold)
        return Made(_without(children, neighbours), events)

    def _passed(
        self,
        askings: Sequence[Asking],
        ended: Sequence[Ended],
        events: list[Event],
        letters: list[DeadLetter],
    ) -> Sequence[Example]:
        """The children of one wave that pass every gate; the others are told in `events`."""
        children: list[Example] = []
        for asking, end in zip(askings, ended, strict=True):
            if isinstance(end.verdict, Passed):
                children.append(self._child(asking, end.verdict))
            elif not (isinstance(end.verdict, Unanswered) and end.verdict.reason == "budget"):
                letters.append(self._letter(asking, end, end.verdict))
            events.append(self._event(asking, end.verdict))
        return children

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

    def _child(self, asking: Asking, passed: Passed) -> Example:
        parent = asking.wanted.parent
        return replace(
            parent,
            example_id=hash_messages(passed.messages),
            messages=passed.messages,
            parent_id=parent.example_id,
            cluster_id=None,
            origin="augmented",
            flags=(),
            metadata={"augment": self._origin(asking)},
            protected=False,
        )

    def _event(self, asking: Asking, verdict: Passed | Refused | Unanswered) -> Event:
        parent_id = asking.wanted.parent.example_id
        detail = self._origin(asking)
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
            asking.strategy.name,
            score=verdict.similarity,
            matched_id=parent_id,
            after_hash=child_id,
            detail=detail,
        )

    def _letter(self, asking: Asking, ended: Ended, verdict: Refused | Unanswered) -> DeadLetter:
        parent = asking.wanted.parent
        return DeadLetter(
            parent_id=parent.example_id,
            source=parent.source,
            line=parent.line,
            strategy=asking.strategy.name,
            sample=asking.wanted.sample,
            prompt=asking.strategy.prompt,
            reason=verdict.gate if isinstance(verdict, Refused) else verdict.reason,
            words=verdict.words,
            request=self._complete.key(ended.request),
            answer=ended.answer.content or ended.answer.refusal if ended.answer is not None else None,
        )

    def _origin(self, asking: Asking) -> Mapping[str, Any]:
        return {
            **asking.strategy.about(asking.wanted),
            "model": self._complete.model,
            "prompt": asking.strategy.prompt,
            "sample": asking.wanted.sample,
            "strategy": asking.strategy.name,
        }


def _restamped(event: Event, stage: str) -> Event:
    reason = event.reason if event.reason.startswith(f"{stage}:") else f"{stage}:{event.reason}"
    return replace(event, stage=Augment.name, reason=reason)


def _told(children: Children, neighbours: Mapping[int, Neighbour], threshold: float) -> Iterator[Event]:
    """One that a reviewer said to keep stays whatever it is near to."""
    for index in sorted(neighbours):
        near, child = neighbours[index], children[index]
        yield Event(
            child.example_id,
            Augment.name,
            "kept_by_review" if child.protected else "dropped",
            near.reason,
            score=near.jaccard,
            threshold=threshold,
            matched_id=near.matched_id,
        )


def _without(children: Children, neighbours: Mapping[int, Neighbour]) -> Iterator[list[Example]]:
    """The children that stay; of these such as are near all the same are flagged."""
    number = 0
    for batch in children.batches():
        kept: list[Example] = []
        for child in batch:
            near = neighbours.get(number)
            number += 1
            if near is None:
                kept.append(child)
            elif child.protected:
                kept.append(child.flagged(near.reason))
        yield kept
