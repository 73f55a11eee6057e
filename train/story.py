"""An example's part in each run: how it was tokenised and what its loss was, for `curate why`."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.store import ADAPTER, LOSSES, PREDICTIONS, TOKENS, Run, list_runs

if TYPE_CHECKING:
    from curate.workspace import Workspace

_WORST = 5


@dataclass(frozen=True, slots=True)
class Point:
    """One measured loss, nats per trained token."""

    kind: str
    model: str
    step: int
    epoch: float
    loss: float


@dataclass(frozen=True, slots=True)
class RunStory:
    """`worst_tokens` are the trained tokens with the highest loss of the last adapter snapshot, with their
    text where the run's tokenizer is at hand. `dynamics`: in words, what its losses over time tell.
    `verdict`: of a classification, its class and the one predicted."""

    run: str
    dataset_version: str
    split: str
    n_tokens: int
    truncated: bool
    points: tuple[Point, ...]
    worst_tokens: tuple[tuple[str, float], ...]
    dynamics: str = ""
    verdict: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        cut = ", truncated" if self.truncated else ""
        trained = self.verdict or f"{self.n_tokens} trained tokens"
        lines = [f"run {self.run} on version {self.dataset_version}: {self.split}, {trained}{cut}"]
        lines += [f"  {_words(p)}" for p in self.points]
        if self.dynamics:
            lines.append(f"  over time: {self.dynamics}")
        if self.worst_tokens:
            shown = ", ".join(f"{text!r} {nll:.2f}" for text, nll in self.worst_tokens)
            lines.append(f"  tokens with the highest loss: {shown}")
        return "\n".join(lines)


def stories(workspace: "Workspace", example_id: str) -> list[RunStory]:
    """The runs that measured this example, oldest first."""
    told = (_story(run, example_id) for run in list_runs(workspace))
    return [story for story in told if story is not None]


def _story(run: Run, example_id: str) -> RunStory | None:
    rows = _rows(run.path / LOSSES, example_id)
    if not rows:
        return None
    rows.sort(key=lambda r: (r["step"], r["kind"], r["model"] != "base"))
    return RunStory(
        run=run.id,
        dataset_version=run.info.dataset_version,
        split=rows[-1]["split"],
        n_tokens=rows[-1]["n_tokens"],
        truncated=any(r["truncated"] for r in rows),
        points=tuple(Point(r["kind"], r["model"], r["step"], r["epoch"], r["loss"]) for r in rows),
        worst_tokens=() if run.info.task == "classification" else _worst_tokens(run, example_id),
        verdict=_verdict(run, example_id),
        dynamics=_dynamics(run, example_id),
    )


def _dynamics(run: Run, example_id: str) -> str:
    """The whole run is read: a rank is one among all."""
    from train.dynamics.frame import example_dynamics
    from train.dynamics.words import told

    table = example_dynamics(run)
    return "; ".join(told(table[table["example_id"] == example_id].iloc[0].to_dict()))


def _verdict(run: Run, example_id: str) -> str:
    rows = _rows(run.path / PREDICTIONS, example_id)
    kept = next((row for row in rows if row["model"] == "adapter"), None)
    if kept is None:
        return ""
    if kept["predicted"] == kept["label"]:
        return f"class {kept['label']!r}, predicted with a probability of {kept['probability']:.2f}"
    return (
        f"class {kept['label']!r}, but predicted {kept['predicted']!r} with a probability of "
        f"{kept['probability']:.2f} ({kept['label_probability']:.2f} for its own)"
    )


def _worst_tokens(run: Run, example_id: str) -> tuple[tuple[str, float], ...]:
    rows = [r for r in _rows(run.path / TOKENS, example_id) if r["model"] == "adapter"]
    if not rows:
        return ()
    last = max(rows, key=lambda r: r["step"])
    pairs = sorted(zip(last["nll"], last["token_ids"], strict=True), reverse=True)[:_WORST]
    decode = _decoder(run)
    return tuple((decode(token), nll) for nll, token in pairs)


def _decoder(run: Run) -> Callable[[int], str]:
    """Token id to text, by the tokenizer that the run saved beside its adapter."""
    file = run.path / ADAPTER / "tokenizer.json"
    if not file.is_file():
        return lambda token: f"token {token}"
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    return lambda token: str(tokenizer.decode([token], skip_special_tokens=False))


def _rows(path: Path, example_id: str) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(path, filters=[("example_id", "=", example_id)]).to_pylist()
    return rows


def _words(point: Point) -> str:
    if point.kind == "seen":
        return f"seen in step {point.step} (epoch {point.epoch:.2f}): loss {point.loss:.3f}"
    if point.model == "base":
        return f"base model: loss {point.loss:.3f}"
    return f"adapter after step {point.step} (epoch {point.epoch:.2f}): loss {point.loss:.3f}"
