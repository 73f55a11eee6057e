"""Grades: what the judge gave, read strictly. An answer that is not exactly a verdict is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from curate.judge.rubric import Rubric
from curate.llm import Answer, Reply, Unanswered

WORST, BEST = 1, 5
_REASON_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Grades:
    """Scores from 1 to 5 and reasons by criterion, in the rubric's order."""

    scores: Mapping[str, int]
    reasons: Mapping[str, str]

    @property
    def overall(self) -> float:
        """The mean of all criteria."""
        return fmean(self.scores.values())


@dataclass(frozen=True, slots=True)
class NoVerdict:
    """Why there are no grades, in a word for the ledger and in words for the judge."""

    reason: str
    words: str


class _Grade(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reason: str
    score: Annotated[int, Field(ge=WORST, le=BEST)]


class _Verdict(RootModel[dict[str, _Grade]]):
    pass


def grades_of(reply: Reply, rubric: Rubric) -> Grades | NoVerdict:
    """What a reply says. Nothing in it is taken on trust: neither names nor numbers nor what stands around
    them."""
    if isinstance(reply, Unanswered):
        return NoVerdict(reply.reason, reply.words)
    odd = _no_answer(reply)
    if odd is not None:
        return odd
    try:
        given = _Verdict.model_validate_json(reply.content.strip()).root
    except ValidationError as error:
        return NoVerdict("schema", f"it does not fit the JSON schema ({_first(error)})")
    if set(given) != set(rubric.criteria):
        return NoVerdict("schema", f"its keys are not exactly {', '.join(rubric.criteria)}")
    return Grades(
        {name: given[name].score for name in rubric.criteria},
        {name: _short(given[name].reason) for name in rubric.criteria},
    )


def _no_answer(answer: Answer) -> NoVerdict | None:
    if answer.refusal:
        return NoVerdict("refusal", "it was a refusal")
    if answer.finish_reason == "length":
        return NoVerdict("truncated", "it was cut off; keep the reasons short")
    if not answer.content.strip():
        return NoVerdict("empty", "it was empty")
    return None


def _first(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'whole'}: {first['type']}"


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return line if len(line) <= _REASON_CHARACTERS else line[: _REASON_CHARACTERS - 1] + "…"
