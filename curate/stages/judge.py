"""judge: rows that an LLM finds wanting by the rubric are flagged or dropped, each with scores and reasons.

It stands behind pii, toxicity and quality, so that the endpoint never sees what they remove. The judge is
asked about every row, each conversation once for all builds. An answer that is no verdict is asked for once
more; a row without one stays, flagged `judge:unanswered`. A row that a reviewer kept is never dropped.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from curate.judge.asking import request_of, retry_of
from curate.judge.grades import Grades, NoVerdict, grades_of
from curate.judge.rubric import Rubric
from curate.judge.verdict import Failure, check, failures
from curate.llm import Answer, Completer, Request
from schemas import recipe
from schemas.example import Example
from schemas.ledger import Action, Event
from schemas.stage import Delta, Outcome, Rows, Scope

UNANSWERED = "judge:unanswered"
AT_ONCE = 20_000  # rows whose questions are held in memory, and asked in one go
_OPEN = ("budget", "failed", "unasked")  # a later build should ask these again


class Judge:
    """All that touches the network and the disk is in `complete`. Raises RecipeError where the recipe has a
    threshold for a criterion that the rubric has not."""

    name = "judge"
    version = 1
    scope: Literal["table"] = "table"

    def __init__(self, settings: recipe.Judge, rubric: Rubric, complete: Completer) -> None:
        check(settings, rubric)
        self._settings = settings
        self.rubric = rubric
        self._complete = complete

    def __call__(self, rows: Rows) -> Delta:
        dropped: list[int] = []
        flags: dict[int, tuple[str, ...]] = {}
        events: list[Event] = []
        lasting = True
        for start in range(0, len(rows), AT_ONCE):
            some = rows.take(range(start, min(start + AT_ONCE, len(rows))))
            for at, (row, found) in enumerate(zip(some, self.grade(some), strict=True), start=start):
                happened = self.events(row, found)
                events += happened
                lasting &= not (isinstance(found, NoVerdict) and found.reason in _OPEN)
                if any(event.action == "dropped" for event in happened):
                    dropped.append(at)
                elif happened:
                    flags[at] = tuple(event.reason for event in happened)
        return Delta(dropped, events, flags=flags, lasting=lasting)

    def on_rows(self) -> "JudgeOnRows":
        """The same as a row stage, for rows that other stages make."""
        return JudgeOnRows(self)

    def grade(self, rows: Sequence[Example]) -> list[Grades | NoVerdict]:
        """What the judge says of each row, asked once more where it said nothing that counts."""
        requests = [request_of(row.messages, self.rubric) for row in rows]
        replies = self._complete(requests)
        found = [grades_of(reply, self.rubric) for reply in replies]
        retries: dict[int, Request] = {}
        for at, (reply, verdict) in enumerate(zip(replies, found, strict=True)):
            if isinstance(verdict, NoVerdict) and isinstance(reply, Answer):
                retries[at] = retry_of(requests[at], reply, verdict.words)
        again = self._complete(list(retries.values())) if retries else []
        for at, reply in zip(retries, again, strict=True):
            found[at] = grades_of(reply, self.rubric)
        return found

    def events(self, row: Example, found: Grades | NoVerdict) -> list[Event]:
        if isinstance(found, NoVerdict):
            about = {"why": found.reason, "model": self._complete.model, "rubric": self.rubric.version}
            return [Event(row.example_id, self.name, "flagged", UNANSWERED, detail=about)]
        failed = failures(found, self._settings)
        if not failed:
            return []
        if self._settings.action == "flag":
            return list(self._each(row, failed, "flagged", found))
        if row.protected:
            return list(self._each(row, failed, "kept_by_review", found))
        return list(self._each(row, failed[:1], "dropped", found))

    def _each(
        self, row: Example, failed: Iterable[Failure], action: Action, grades: Grades
    ) -> Iterator[Event]:
        for failure in failed:
            yield Event(
                row.example_id,
                self.name,
                action,
                f"judge:{failure.criterion}",
                score=failure.score,
                threshold=failure.threshold,
                detail={
                    "scores": dict(grades.scores),
                    "reasons": dict(grades.reasons),
                    "model": self._complete.model,
                    "rubric": self.rubric.version,
                },
            )


class JudgeOnRows:
    """The judge over a batch of rows."""

    name = Judge.name
    version = Judge.version
    scope: Scope = "row"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        kept: list[Example] = []
        events: list[Event] = []
        for row, found in zip(rows, self._judge.grade(rows), strict=True):
            happened = self._judge.events(row, found)
            events += happened
            if not any(event.action == "dropped" for event in happened):
                kept.append(row.flagged(*(event.reason for event in happened)))
        return Outcome(kept, events)
