"""RunInfo: `run.json` of a training run, what it was made of, where it stands and what came out.

Token counts are over the sequences as trained, after truncation; losses are nats per trained token.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.training import Task

RunState = Literal["running", "done", "stopped early", "interrupted", "failed"]


class TokenCounts(BaseModel):
    """What tokenisation did. `truncated` and `masked_out` count rows: cut at `max_length`, and left with
    nothing to train on. `total` and `trained` count tokens of the rows that remain."""

    model_config = ConfigDict(frozen=True)
    truncated: int
    masked_out: int
    total: int
    trained: int


class FinalLosses(BaseModel):
    """From the per-example table, not from the trainer: Σ nll / Σ trained tokens of a split.
    `best_step` is the step whose adapter was kept. None where a split is empty or was not measured. Accuracy
    and F1 are a classification's; its base model is the untuned one with the head as it was drawn."""

    model_config = ConfigDict(frozen=True)
    base_test_loss: float | None = None
    test_loss: float | None = None
    validation_loss: float | None = None
    best_step: int | None = None
    base_test_accuracy: float | None = None
    base_test_macro_f1: float | None = None
    test_accuracy: float | None = None
    test_macro_f1: float | None = None
    validation_accuracy: float | None = None
    validation_macro_f1: float | None = None


class MemoryLimits(BaseModel):
    """What a run has learned of the memory it has. `portions`: each micro-batch goes through the model in so
    many, one after the other. `measured_tokens`: the most tokens, padding included, that go through together
    when losses are taken; None for as many as usual."""

    model_config = ConfigDict(frozen=True)
    portions: int = 1
    measured_tokens: int | None = None


class RunInfo(BaseModel):
    """`run.json`. Times are UTC, ISO 8601; `host` and `pid` tell whether what says `running` still is.

    `failed`: what stopped the run would stop it again; `interrupted`: it would not, so that it can go on.
    `reason` says what it was. `checkpoints` are the steps whose weights stand in `checkpoints/`,
    `reports` where each of `train.report_to` has the run.
    """

    model_config = ConfigDict(frozen=True)
    run: str
    state: RunState
    dataset_version: str
    base_model: str
    method: str
    task: Task = "generation"
    labels: list[str] = []
    seed: int
    template_sha256: str
    system_prompt_sha256: str
    packages: dict[str, str] = {}
    tokens: TokenCounts | None = None
    final: FinalLosses = FinalLosses()
    started_at: str
    finished_at: str | None = None
    host: str = ""
    pid: int = 0
    step: int = 0
    total_steps: int | None = None
    reason: str | None = None
    checkpoints: list[int] = []
    memory: MemoryLimits = MemoryLimits()
    reports: dict[str, str] = {}
    processes: int = 1

    def to_json(self) -> str:
        return self.model_dump_json(indent=2) + "\n"
