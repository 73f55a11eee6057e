"""The model with a head of classes on it, read at the last token, and proof that padding does not move it."""

from collections.abc import Sequence
from typing import Any

import torch

from schemas.errors import RecipeError, UsageError
from schemas.training import Train
from train.classifying.rows import ClassRow
from train.fitting.compute import Compute
from train.fitting.model import Base, load_model

_PROBED = 24
_ALIKE = {torch.float32: 1e-3, torch.bfloat16: 0.05, torch.float16: 0.01}  # relative, by number format


def settings(names: Sequence[str], pad_id: int) -> dict[str, Any]:
    """What the model's config says of its classes, and of the token that it passes over."""
    ids = range(len(names))
    return {
        "num_labels": len(names),
        "id2label": dict(zip(ids, names, strict=True)),
        "label2id": dict(zip(names, ids, strict=True)),
        "pad_token_id": pad_id,
        "problem_type": "single_label_classification",
    }


def load(base: Base, train: Train, compute: Compute, names: Sequence[str], pad_id: int, seed: int) -> Any:
    """The base model with a head that the seed draws. Raises RecipeError where it cannot be loaded."""
    from transformers import AutoModelForSequenceClassification, set_seed

    set_seed(seed)
    model = load_model(base, train, compute, AutoModelForSequenceClassification, **settings(names, pad_id))
    # Where the text model's config is one of several, it is what the head looks into for the pad token.
    model.config.get_text_config().pad_token_id = pad_id
    return model


def head_name(model: Any) -> str:
    """The head's name, one of PEFT's. Raises RecipeError for another, which an adapter could not keep."""
    from peft.utils.constants import SEQ_CLS_HEAD_NAMES

    found = next((name for name, _ in model.named_children() if name in SEQ_CLS_HEAD_NAMES), None)
    if found is None:
        raise RecipeError(
            f"train.model: the head of {type(model).__name__} is none of {', '.join(SEQ_CLS_HEAD_NAMES)}",
            "use train.method: full, or another model",
        )
    return str(found)


def check_padding(model: Any, rows: Sequence[ClassRow], pad_id: int, compute: Compute) -> None:
    """Raises UsageError where a row is classified otherwise behind padding than alone."""
    shortest = min(rows, key=len)
    longer = max(rows[:_PROBED], key=len)
    if len(longer) == len(shortest):
        return
    alone = _logits(model, [shortest], pad_id, compute)[0]
    beside = _logits(model, [shortest, longer], pad_id, compute)[0]
    moved = float((alone - beside).abs().max() / alone.abs().max().clamp_min(1e-6))
    if not moved <= _ALIKE[compute.dtype]:
        raise UsageError(
            f"{type(model).__name__} scores padded examples otherwise than alone ({moved:.1%} of a logit)",
            "use another model: batches of different lengths would be trained wrong",
        )


def inputs(rows: Sequence[ClassRow], pad_id: int, device: str) -> dict[str, torch.Tensor]:
    """What `padded` gives, and labels (B,)."""
    labels = torch.tensor([row.label for row in rows], device=device)
    return {**padded([row.input_ids for row in rows], pad_id, device), "labels": labels}


def padded(texts: Sequence[Sequence[int]], pad_id: int, device: str) -> dict[str, torch.Tensor]:
    """input_ids and attention_mask (B, longest), padded on the right: a head reads the last token that is not
    the pad token."""
    shape = (len(texts), max(map(len, texts)))
    ids, mask = torch.full(shape, pad_id, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    for i, text in enumerate(texts):
        ids[i, : len(text)] = torch.tensor(text, dtype=torch.long)
        mask[i, : len(text)] = 1
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def _logits(model: Any, rows: Sequence[ClassRow], pad_id: int, compute: Compute) -> torch.Tensor:
    """(B, classes), float32, in eval mode."""
    batch = padded([row.input_ids for row in rows], pad_id, compute.device)
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), compute.autocast():
            logits: torch.Tensor = model(**batch).logits.float()
    finally:
        model.train(was_training)
    return logits
