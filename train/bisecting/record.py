"""What a bisect found, as `train.bisect(a, b)` gives it, `--json` prints it and the audit's page shows it.

.siftune/bisects/results/<A>--<B>.json    written after every arm; what is under way keeps target and order
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from curate import atomic
from train.bisecting.judging import Estimate
from train.bisecting.search import Outcome
from train.store import Run

Verdict = Literal[
    "explained", "not proved", "not the data", "no regression", "no change", "unclear", "unfinished"
]
_RESULTS = "bisects/results"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Span(_Frozen):
    """A value and its 95 % interval over seeds, None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


def span_of(found: Estimate) -> Span:
    interval = found.interval
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Span(value=found.value, low=low, high=high)


class TargetRecord(_Frozen):
    """The held-out examples that it is about, with the trained tokens of each; `name`: of what they are.
    `chosen_by`: so many first seeds chose it as the worst of many, and cannot show that it is worse."""

    name: str
    example_ids: tuple[str, ...]
    tokens: tuple[int, ...]
    chosen_by: int = 0


class GroupRecord(_Frozen):
    """Changed rows that are put back together. `kinds`: how many by kind of change."""

    name: str
    rows: tuple[str, ...]
    kinds: dict[str, int]
    suspicion: float


class Arm(_Frozen):
    """`back`: groups, by their place in the list of groups, that are as A has them. By seed: `runs`, `losses`
    on the target and on the `rest` of the held-out examples, nats per token. `among`: groups that might be
    guilty when it was asked for, `why`: what for; `outcome`: None of both ends of its round. `remains`: of
    the regression. `round`: from 1; each has a target of its own."""

    back: tuple[int, ...]
    dataset_version: str
    runs: tuple[str, ...]
    losses: tuple[float, ...]
    among: tuple[int, ...] = ()
    why: str = ""
    outcome: Outcome | None = None
    remains: Span | None = None
    rest: tuple[float, ...] = ()
    round: int = 1


class RoundRecord(_Frozen):
    """About which examples, with which groups put back from the outset, and which others did it: of the
    `regression` that was left on them, the share that goes."""

    target: TargetRecord
    start: tuple[int, ...]
    verdict: Verdict
    guilty: tuple[int, ...]
    regression: Span
    explained: Span | None


class Bisect(_Frozen):
    """`on`: the slice that was asked for by name. `groups`: the most suspect first. `arms`: B, A's data, then
    in the order in which they were tried, round by round. Of the first round: `target`; `regression`: B less
    A's data; `noise`: standard deviation of one loss over seeds; `margin`: half the 95 % interval of the
    regression; `levelled`: whether what the losses on other examples tell is taken out; `verdict`;
    `explained`: the share of the regression that goes with the groups it found. `guilty`: what all rounds
    found."""

    a: str
    b: str
    until: float
    by: tuple[str, ...]
    on: str | None = None
    target: TargetRecord | None = None
    groups: tuple[GroupRecord, ...]
    seeds: tuple[int, ...] = ()
    arms: tuple[Arm, ...] = ()
    regression: Span | None = None
    noise: float | None = None
    margin: float | None = None
    levelled: bool = False
    verdict: Verdict = "unfinished"
    guilty: tuple[int, ...] = ()
    explained: Span | None = None
    rounds: tuple[RoundRecord, ...] = ()
    trained: int = 0
    reused: int = 0
    settings: tuple[str, ...] = ()

    @property
    def guilty_groups(self) -> tuple[GroupRecord, ...]:
        return tuple(self.groups[at] for at in self.guilty)

    @property
    def guilty_rows(self) -> tuple[str, ...]:
        """Ids of the changed rows of the groups found."""
        return tuple(row for group in self.guilty_groups for row in group.rows)

    @property
    def asked(self) -> TargetRecord | None:
        """The examples of all rounds that explain something, and of the first one in any case."""
        more = [one.target for one in self.rounds[1:] if one.verdict == "explained"]
        if self.target is None or not more:
            return self.target
        every = (self.target, *more)
        tokens = {name: n for of in every for name, n in zip(of.example_ids, of.tokens, strict=True)}
        return TargetRecord(
            name=" and ".join(of.name for of in every),
            example_ids=tuple(tokens),
            tokens=tuple(tokens.values()),
        )

    @property
    def tried(self) -> int:
        """How many different arms there were."""
        return len({arm.back for arm in self.arms})

    def to_dict(self) -> dict[str, Any]:
        """For JSON; without texts of the data, but for the words that name a topic or slice."""
        from train.bisecting.words import verdict

        return {**self.model_dump(mode="json"), "said": verdict(self)}

    def to_html(self, path: Path | str) -> Path:
        """Writes one page, without script or network."""
        from train.bisecting.page import page

        atomic.write_text(Path(path), page(self))
        return Path(path)


def write(found: Bisect, b: Run) -> None:
    atomic.write_text(_file(found.a, b), found.model_dump_json(indent=2) + "\n")


def read(a: Run, b: Run) -> Bisect | None:
    """What the latest bisect of these two found, None where there was none or its file is of no use."""
    try:
        return Bisect.model_validate_json(_file(a.id, b).read_bytes())
    except (OSError, ValidationError):
        return None


def _file(a: str, b: Run) -> Path:
    return b.path.parents[1] / _RESULTS / f"{a}--{b.id}.json"
