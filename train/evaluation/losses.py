"""Loss by example: from the run's own tables where they are of these very models, else measured.

Measured by plain forward passes over rows padded on the right, longest first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from train.tokens import IGNORE, TokenRow
from train.using.opened import Opened

_LOGITS_AT_ONCE = 1 << 28  # of a forward pass: 1 GiB in float32


@dataclass(frozen=True, slots=True)
class Loss:
    """Nats, summed over `n_tokens` trained tokens."""

    nll: float
    n_tokens: int


def recorded(opened: Opened, model: str) -> dict[str, Loss]:
    """The run's last snapshots of the `base` or of the kept `adapter`, by example id. None of a run over a
    quantised base: an evaluation loads the base as it is stored, and that is another model."""
    return {} if opened.settings.quantised is not None else snapshot(opened, model)


def snapshot(opened: Opened, model: str) -> dict[str, Loss]:
    """The run's last snapshots, over whatever base it was trained on."""
    table = opened.run.losses()
    kept = table[(table["kind"] == "snapshot") & (table["model"] == model)]
    if model == "adapter":
        kept = kept[kept["step"] == opened.run.info.final.best_step]
    columns = (kept["example_id"], kept["nll_sum"], kept["n_tokens"])
    return {str(name): Loss(float(nll), int(n)) for name, nll, n in zip(*columns, strict=True)}


def batches(rows: Sequence[TokenRow], vocabulary: int, tokens_at_once: int) -> Iterator[list[int]]:
    """Indices, longest first; a batch's logits stay within bounds."""
    most = min(tokens_at_once, max(1, _LOGITS_AT_ONCE // vocabulary))
    order = sorted(range(len(rows)), key=lambda i: (-len(rows[i]), i))
    start = 0
    while start < len(order):
        size = max(1, most // len(rows[order[start]]))
        yield order[start : start + size]
        start += size


def measure(model: Any, rows: Sequence[TokenRow], pad: int) -> list[Loss]:
    """The losses of one batch, in eval mode."""
    import torch

    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest), pad, dtype=torch.long)
    labels = torch.full_like(ids, IGNORE)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(list(row.input_ids))
        labels[i, : len(row)] = torch.tensor(row.labels)
        mask[i, : len(row)] = 1
    with torch.no_grad():
        output = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device), use_cache=False)
        # Prompt tuning answers for the tokens that it puts before the text, too.
        logits = output.logits[:, -longest:][:, :-1]
        targets = labels[:, 1:].to(logits.device)
        trained = targets != IGNORE
        each = torch.nn.functional.cross_entropy(
            logits[trained].float(), targets[trained], reduction="none"
        ).double()
        sums = torch.zeros(len(rows), dtype=torch.float64, device=each.device)
        sums.index_add_(0, trained.nonzero()[:, 0], each)
    return [Loss(nll, row.n_trained) for nll, row in zip(sums.tolist(), rows, strict=True)]
