"""Losses of a few examples by a plain forward pass: what a merge is verified by.

Nothing of training's own path is used here (no fused head, no packing, no adapter recorder), so that a fault
there cannot hide one here.
"""

from collections.abc import Sequence
from typing import Any

from schemas.errors import UsageError
from train.classifying import verifying
from train.classifying.rows import ClassRow
from train.tokens import IGNORE, TokenRow, prepare
from train.using.opened import Opened

Sampled = TokenRow | ClassRow


def sample(opened: Opened, size: int) -> list[Sampled]:
    """Up to `size` examples of the test split, else of validation, else of train, as training tokenised them.

    The first by id, which is a hash: the same ones every time, and no particular ones.
    """
    version = opened.workspace.version(opened.lock.dataset_version)
    for split in ("test", "validation", "train"):
        chosen = sorted(version.examples(split), key=lambda e: e.example_id)[:size]
        if chosen:
            length, names = opened.settings.max_length, opened.lock.labels
            if names:
                return [*verifying.rows_of(chosen, opened.template, opened.tokenizer, length, names)]
            return [*prepare(chosen, opened.tokenizer, length, opened.settings.turn_weights).rows]
    raise UsageError(
        f"version {version.version} has no example to verify the model on", "build one with `curate build`"
    )


def measure(model: Any, rows: Sequence[Sampled]) -> dict[str, float]:
    """Loss by example id, nats per trained token, of a class where that is what is trained; in eval mode."""
    return {
        row.example_id: verifying.loss(model, row) if isinstance(row, ClassRow) else _loss(model, row)
        for row in rows
    }


def _loss(model: Any, row: TokenRow) -> float:
    import torch

    device = next(model.parameters()).device
    ids = torch.tensor([list(row.input_ids)], device=device)
    labels = torch.tensor(row.labels, device=device)
    with torch.no_grad():
        logits = model(input_ids=ids, use_cache=False).logits[0, :-1].float()
    total = torch.nn.functional.cross_entropy(logits, labels[1:], ignore_index=IGNORE, reduction="sum")
    return float(total) / row.n_trained


def recorded(opened: Opened, rows: Sequence[Sampled]) -> dict[str, float]:
    """The adapter's losses of these examples in the run's own table, at the step that was kept; those that
    it holds."""
    table = opened.run.losses()
    step = opened.run.info.final.best_step
    ids = {row.example_id for row in rows}
    kept = table[(table["kind"] == "snapshot") & (table["model"] == "adapter") & (table["step"] == step)]
    return {
        str(name): float(loss)
        for name, loss in zip(kept["example_id"], kept["loss"], strict=True)
        if name in ids
    }
