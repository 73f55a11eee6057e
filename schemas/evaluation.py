"""The recipe's `eval` section, and `eval.json`: what an evaluation asked, and what came out.

Differences are second system less first. Intervals are 95 %, None where there are too few groups for one.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.section import Section

Against = Literal["base", "few-shot"]
Turns = Literal["last", "all"]


class Eval(Section):
    """`against`: systems beside the adapter. `few_shot`: how many training examples the few-shot base is
    shown; a number adds that system. `metrics`: built-in names and dotted paths of functions `(prediction,
    reference, example) -> float | None`; empty for all built-in ones that fit. `general`: sets that show
    what was forgotten, as `sources` names files. `turns`: which answers of a conversation are asked for.
    `max_new_tokens` is measured by the references when None, `limit` is examples a set."""

    against: tuple[Against, ...] = ("base",)
    few_shot: Annotated[int, Field(ge=1, le=64)] | None = None
    metrics: tuple[str, ...] = ()
    general: tuple[str, ...] = ()
    turns: Turns = "last"
    max_new_tokens: Annotated[int, Field(ge=1)] | None = None
    limit: Annotated[int, Field(ge=1)] | None = None


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figure(_Result):
    """One metric of one system over the `examples` that it applies to."""

    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    examples: int


class Contrast(_Result):
    """One metric of two systems over the examples that both have. `wins` are examples where the second is
    better; None for figures that single examples have not."""

    metric: str
    first: float | None
    second: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    wins: int | None = None
    losses: int | None = None
    ties: int | None = None
    examples: int

    @property
    def sure(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class Slice(_Result):
    """Examples that share a source, a tag or a length of reference."""

    by: Literal["source", "tag", "length"]
    value: str
    examples: int
    groups: int
    contrasts: tuple[Contrast, ...]


class Comparison(_Result):
    first: str
    second: str
    contrasts: tuple[Contrast, ...]
    slices: tuple[Slice, ...] = ()


class SystemResult(_Result):
    """`cut`: answers that filled `max_new_tokens`. `loss_from`: where its losses are from, the run's tables
    or a measurement. `shots`: mean number of examples shown. `weights_bytes`: of the base model's weights in
    memory, where that was asked for."""

    name: str
    answers: int
    cut: int
    loss_from: Literal["run", "measured"] | None
    shots: float | None = None
    weights_bytes: int | None = None
    figures: tuple[Figure, ...]


class Skipped(_Result):
    """An example without an answer or a loss, of one system or of all, and why."""

    example_id: str
    reason: str
    system: str | None = None


class SetResult(_Result):
    """`kind`: a split of the run's data, or a general set. `groups` are what is resampled. `labels`: the
    references, where they are few distinct ones. `verdict`: on forgetting, of general sets."""

    name: str
    kind: Literal["split", "general"]
    examples: int
    groups: int
    max_new_tokens: int
    labels: tuple[str, ...] = ()
    systems: tuple[SystemResult, ...]
    comparisons: tuple[Comparison, ...]
    skipped: tuple[Skipped, ...] = ()
    verdict: str | None = None

    def system(self, name: str) -> SystemResult:
        return next(system for system in self.systems if system.name == name)

    def comparison(self, first: str, second: str) -> Comparison:
        return next(c for c in self.comparisons if (c.first, c.second) == (first, second))


class EvalInfo(_Result):
    """`eval.json`. `key`: a hash of models, sets and settings, so that what stands is known again.
    `absent`: systems that this machine cannot run, and why. `signatures`: how sacrebleu's metrics were
    computed, in its own words."""

    name: str
    run: str
    kind: Literal["eval", "quant-check"] = "eval"
    key: str
    dataset_version: str
    settings: dict[str, object]
    device: str
    dtype: str
    packages: dict[str, str]
    signatures: dict[str, str] = {}
    made_at: str
    sets: tuple[SetResult, ...]
    absent: dict[str, str] = {}
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        return self.model_dump_json(indent=2) + "\n"
