"""Augment: paraphrased children for the train split, each through every gate and filter that rows passed.

Placed after split. A child keeps its parent's answers, group, source, line, tags and priority, and has an
id of its own. What does not become a child leaves a `flagged` event on its parent with the reason
`augment:<gate>` (`budget`, `failed` and `rejected` where there was no answer). What became one and is refused
by a filter or stands too near another row is `created` and then `dropped`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curate.augment.gates import MAX_SIMILARITY, Passed, Refused, judge
from curate.augment.neighbours import TRAIN, Neighbour, too_near
from curate.augment.paraphrase import messages_of, prompt_version, request_of, retry_of
from curate.llm.request import Completer, Reply, Request, Unanswered
from schemas import recipe
from schemas.example import Example, hash_messages
from schemas.ledger import Event
from schemas.stage import Outcome, Scope, Stage

LONGEST_PROMPT = 8000  # characters; a rewriting of more is longer than most endpoints answer


@dataclass(frozen=True, slots=True)
class _Task:
    """One child wanted."""

    parent: Example
    strategy: str
    sample: int
    request: Request


Verdict = Passed | Refused | Unanswered


class Augment:
    """`filters` are the row stages that imported rows passed, with the same settings; `similarity` says what
    counts as near. All that touches the network, the disk and the clock is in `complete`."""

    name = "augment"
    version = 1
    scope: Scope = "dataset"

    def __init__(
        self,
        settings: recipe.Augment,
        complete: Completer,
        filters: Sequence[Stage],
        similarity: recipe.Dedup,
    ) -> None:
        self._settings = settings
        self._complete = complete
        self._filters = filters
        self._similarity = similarity

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        events: list[Event] = []
        tasks = list(self._tasks(rows, events))
        children: list[Example] = []
        for task, verdict in zip(tasks, self._verdicts(tasks), strict=True):
            if isinstance(verdict, Passed):
                children.append(self._child(task, verdict))
            events.append(self._event(task, verdict))
        for stage in self._filters:
            outcome = stage(children)
            children = outcome.rows
            events += [_restamped(event, stage.name) for event in outcome.events]
        neighbours = too_near(rows, children, self._similarity)
        kept = list(_without(children, neighbours, self._similarity.threshold, events))
        return Outcome([*rows, *kept], events)

    def _tasks(self, rows: Sequence[Example], events: list[Event]) -> Iterator[_Task]:
        for parent in rows:
            if parent.split != TRAIN or parent.parent_id is not None:
                continue
            obstacle = _obstacle(parent)
            if obstacle:
                events.append(Event(parent.example_id, self.name, "flagged", f"augment:{obstacle}"))
                continue
            for strategy, samples in sorted(self._settings.strategies.items()):
                for sample in range(samples):
                    yield _Task(parent, strategy, sample, request_of(parent, sample))

    def _verdicts(self, tasks: Sequence[_Task]) -> list[Verdict]:
        """Everything once, then what a gate refused once more with the reason."""
        replies = self._complete([task.request for task in tasks])
        verdicts = [_verdict(task, reply) for task, reply in zip(tasks, replies, strict=True)]
        retries: dict[int, Request] = {}
        for index, (task, reply, verdict) in enumerate(zip(tasks, replies, verdicts, strict=True)):
            if isinstance(verdict, Refused) and not isinstance(reply, Unanswered):
                retries[index] = retry_of(task.request, reply, verdict.words)
        again = self._complete(list(retries.values())) if retries else []
        for index, reply in zip(retries, again, strict=True):
            verdicts[index] = _verdict(tasks[index], reply)
        return verdicts

    def _child(self, task: _Task, passed: Passed) -> Example:
        messages = messages_of(task.parent, passed.user_turns)
        return replace(
            task.parent,
            example_id=hash_messages(messages),
            messages=messages,
            parent_id=task.parent.example_id,
            cluster_id=None,
            origin="augmented",
            flags=(),
            metadata={"augment": self._origin(task)},
            protected=False,
        )

    def _event(self, task: _Task, verdict: Verdict) -> Event:
        parent_id = task.parent.example_id
        detail = self._origin(task)
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
        child_id = hash_messages(messages_of(task.parent, verdict.user_turns))
        return Event(
            child_id,
            self.name,
            "created",
            task.strategy,
            score=verdict.similarity,
            threshold=MAX_SIMILARITY,
            matched_id=parent_id,
            after_hash=child_id,
            detail=detail,
        )

    def _origin(self, task: _Task) -> Mapping[str, Any]:
        return {
            "model": self._complete.model,
            "prompt": prompt_version(),
            "sample": task.sample,
            "strategy": task.strategy,
        }


def _obstacle(parent: Example) -> str | None:
    """Why a row cannot be a parent."""
    if not parent.prompt.strip():
        return "no_user_turn"
    return "too_long" if len(parent.prompt) > LONGEST_PROMPT else None


def _verdict(task: _Task, reply: Reply) -> Verdict:
    return reply if isinstance(reply, Unanswered) else judge(task.parent, reply)


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
