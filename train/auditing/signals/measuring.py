"""The signals that need the models: asked for, told what they cost, kept for the next audit.

Each that cannot be measured is left out, and why is said; the others go on.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from curate.workspace import Workspace
from schemas.arrays import Floats
from schemas.errors import SiftuneError
from train.auditing.signals.question import Question, gathered
from train.progress import Progress
from train.store import Run

if TYPE_CHECKING:
    from train.auditing.signals.asking import AskedRow
    from train.auditing.signals.loaded import Loaded

_PART = 256  # rows whose losses are kept together


@dataclass(frozen=True)
class Measured:
    """`values`: by signal, a number for each candidate. `said`: how the embedding was made, and what was not
    measured and why, a sentence each. `passes`, `seconds`: gradients that were taken, and how long it took,
    0 where all was kept."""

    values: dict[str, Floats]
    said: tuple[str, ...]
    passes: int = 0
    seconds: float = 0.0


def measure(
    question: Question,
    a: Run,
    b: Run,
    workspace: Workspace,
    *,
    embedding: str | None,
    progress: Progress,
) -> Measured:
    """surprise of every row, gradient and embedding. `embedding` names a sentence-transformers model."""
    from train.auditing.signals.loaded import Loaded
    from train.fitting.quiet import quiet

    quiet()
    found: dict[str, Floats] = {}
    said: list[str] = []
    cost: list[tuple[int, float]] = []

    def attempt(name: str, how: Callable[[], Floats]) -> None:
        try:
            found[name] = how()
        except SiftuneError as error:
            said.append(f"{name} is not measured: {error.problem}; {error.mend}")
        except MemoryError as error:
            said.append(f"{name} is not measured: memory is too short: {error}")

    cache = workspace.cache
    attempt("surprise", lambda: _surprise(question, Loaded(workspace, a), cache, progress))
    gc.collect()  # A's model, before B's comes
    ready: list[Loaded] = []

    def of_b() -> Loaded:
        if not ready:
            ready.append(Loaded(workspace, b))
        return ready[0]

    attempt("gradient", lambda: _gradient(question, of_b(), cache, progress, cost))
    if embedding is not None:
        attempt("embedding", lambda: _by_sentences(question, embedding, workspace.root))
    else:
        attempt("embedding", lambda: _by_base(question, of_b(), cache))
        if "embedding" in found:
            said.append("embedding: by the base model's own hidden states; --embedding names a better model")
    passes, seconds = (sum(n for n, _ in cost), sum(s for _, s in cost))
    return Measured(found, tuple(said), passes, seconds)


def _surprise(question: Question, loaded: "Loaded", cache: Path, progress: Progress) -> Floats:
    """A's loss of every row as B was trained on it."""
    from train.auditing.signals.asking import key_of
    from train.auditing.signals.kept import Kept
    from train.auditing.signals.loaded import weights_of

    trained = question.trained("after")
    rows = loaded.rows([one for one in trained if one is not None])
    asked = {key_of(row): row for row in rows if row is not None}
    kept = Kept(cache, "loss/1", loaded.identity, *sorted(weights_of(loaded.run.adapter).values()))
    left = [row for key, row in asked.items() if key not in kept.values]
    if left:
        _say_cost("surprise", left, 1.0, loaded, progress)
        meter = loaded.meter(loaded.run.adapter, left)
        with progress.measuring("changed rows, by A's adapter", len(left)) as tick:
            for start in range(0, len(left), _PART):
                part = range(start, min(start + _PART, len(left)))
                nll = meter.adapter(part, tick).nll
                kept.add(
                    {key_of(left[i]): float(n) / left[i].n_trained for i, n in zip(part, nll, strict=True)}
                )
    return gathered(trained, (np.nan if row is None else kept.values[key_of(row)] for row in rows))


def _gradient(
    question: Question, loaded: "Loaded", cache: Path, progress: Progress, cost: list[tuple[int, float]]
) -> Floats:
    from train.auditing.signals.influence import Influence

    influence = Influence(question, loaded, cache)
    missing = influence.missing
    if missing:
        _say_cost("gradient", missing, 3.0, loaded, progress)
        loaded.load()
        started = time.monotonic()
        with progress.measuring("with their gradients, at B's early checkpoints", len(missing)) as tick:
            influence.measure(tick)
        seconds = time.monotonic() - started
        cost.append((len(missing), seconds))
        progress.say(
            f"gradient: {len(missing):,} passes in {seconds:.1f} s, "
            f"{1000 * seconds / len(missing):.1f} s per thousand"
        )
    return influence.values()


def _by_sentences(question: Question, name: str, root: Path) -> Floats:
    from train.auditing.signals.embedding import embedding, sentence_model

    return embedding(question, sentence_model(name, root), centred=False)


def _by_base(question: Question, loaded: "Loaded", cache: Path) -> Floats:
    from train.auditing.signals.embedding import by_base, embedding, mean_pooled

    kept = by_base(question, loaded, cache)
    if not kept.values:
        found = embedding(question, mean_pooled(loaded), centred=True)
        kept.add(dict(zip(question.candidates, found.tolist(), strict=True)))
    return np.array([kept.values[name] for name in question.candidates])


def _say_cost(
    what: str, rows: "Sequence[AskedRow]", passes: float, loaded: "Loaded", progress: Progress
) -> None:
    """By the speed that the run's own training had; a training step is three forward passes."""
    tokens = sum(map(len, rows))
    speeds = [line["tokens_per_s"] for line in loaded.run.metrics() if line.get("tokens_per_s")]
    about = ""
    if speeds:
        seconds = tokens / float(np.median(speeds)) * passes / 3
        about = f": about {max(1.0, seconds):,.0f} s at the speed of training, and the model's loading"
    progress.say(f"{what}: {len(rows):,} passes over {tokens:,} tokens{about}")
