"""Whether packed examples see each other: asked of the model itself, because it depends on its attention.

Transformers masks packed sequences by their position ids in most models, flash attention by sequence
lengths; a model that builds its own mask may do neither, and then packing trains on a mixture.
"""

from collections.abc import Sequence
from typing import Any

import torch
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from train.fitting.compute import Compute
from train.tokens import TokenRow

_TOKENS = 24
_SAME = 1e-4  # relative; another neighbour changes nothing but rounding
_ALIKE = 0.05  # relative; alone and packed differ by the number format's rounding


def isolates(model: Any, rows: Sequence[TokenRow], compute: Compute) -> bool:
    """Whether the second of two packed rows is scored the same whatever stands before it, and as if alone."""
    first, second = (list(row.input_ids[:_TOKENS]) for row in (rows[0], rows[-1]))
    other = first[::-1]
    if other == first:
        other = [(token + 1) % model.config.get_text_config().vocab_size for token in first]
    behind_first = _scores(model, [first, second], compute)
    behind_other = _scores(model, [other, second], compute)
    alone = _scores(model, [second], compute)
    return _close(behind_first, behind_other, _SAME) and _close(behind_first, alone, _ALIKE)


def _scores(model: Any, packed: list[list[int]], compute: Compute) -> torch.Tensor:
    """Log-probabilities (length, vocabulary) of the last sequence of a pack."""
    flat = [token for sequence in packed for token in sequence]
    feature = {"input_ids": flat, "labels": flat, "seq_lengths": [len(s) for s in packed]}
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)([feature])
    del batch["labels"]
    inputs = {k: v.to(compute.device) if isinstance(v, torch.Tensor) else v for k, v in batch.items()}
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), compute.autocast():
            logits = model(**inputs, use_cache=False).logits[0, -len(packed[-1]) :]
    finally:
        model.train(was_training)
    scores: torch.Tensor = logits.float().log_softmax(-1)
    return scores


def _close(a: torch.Tensor, b: torch.Tensor, relative: float) -> bool:
    return bool(((a - b).abs().max() / a.abs().max()) <= relative)
