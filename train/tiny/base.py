"""Pretraining of the tiny base: a Llama of about 0.6 million parameters, in the format of `from_pretrained`.

So small, because what it learns in two minutes on two cores counts: with this size it sees enough text to
find in a question what the answer must name, which a model of several millions did not in the same time.

Deterministic for a seed and a number of steps on one machine; with a time limit, the clock decides the steps.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from schemas.errors import UsageError
from train.tiny.corpus import read_talk, token_stream
from train.tiny.tokenizer import build_tokenizer

STEPS = 1_400
SEQUENCES, LENGTH = 16, 128  # tokens a step: 16 × 128
_MATRIX_RATE, _RATE, _DECAY, _WARMUP = 2e-2, 6e-3, 0.05, 0.03

Report = Callable[[float, int, float], None]


def tiny_base(
    folder: Path | str,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    seed: int = 17,
    talk: Path | str | None = None,
    report: Report | None = None,
) -> Path:
    """Make tokenizer, chat template and pretrained weights in `folder`, whole or not at all.

    `talk` is a JSONL file of dialogues to pretrain on beside the generated text: the language of a field.
    `report(fraction done, step, loss in nats per token)` is called after every step.
    Raises UsageError when `folder` holds something already, SourceError when `talk` cannot be read.
    """
    from curate.atomic import folder as whole_folder

    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder}: holds something already", "name a folder that does not exist, or empty it"
        )
    dialogues = read_talk(Path(talk)) if talk else []
    tokenizer = build_tokenizer(seed, dialogues)
    tokens = token_stream(tokenizer, random.Random(seed + 1), dialogues)
    model = _pretrain(tokenizer, tokens, _progress(steps, minutes), seed, report)
    with whole_folder(folder) as temporary:
        model.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)
    return folder


def _progress(steps: int | None, minutes: float | None) -> Iterator[float]:
    """The fraction of the work done before each step, from 0 until just below 1."""
    if minutes is None:
        total = STEPS if steps is None else steps
        yield from (step / total for step in range(total))
        return
    start = time.monotonic()
    while (done := (time.monotonic() - start) / (60 * minutes)) < 1:
        yield done


def _pretrain(
    tokenizer: Any, tokens: Iterator[int], progress: Iterator[float], seed: int, report: Report | None
) -> Any:
    import torch

    with _seeded(seed):
        model = _new_model(tokenizer)
    optimizers = _optimizers(model)
    peaks = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
    model.train()
    for step, done in enumerate(progress, start=1):
        groups = (group for optimizer in optimizers for group in optimizer.param_groups)
        for group, peak in zip(groups, peaks, strict=True):
            group["lr"] = peak * _schedule(done)
        batch = torch.tensor(list(islice(tokens, SEQUENCES * LENGTH))).view(SEQUENCES, LENGTH)
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if report:
            report(done, step, loss.item())
    return model.eval()


def _optimizers(model: Any) -> list[Any]:
    """Muon (Jordan et al. 2024) for the matrices between the layers, AdamW for embeddings and norms. Looking
    things up in the question was learned in about a third of the steps that AdamW alone took."""
    import torch

    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    known = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in known]
    return [
        torch.optim.Muon(matrices, lr=_MATRIX_RATE, momentum=0.95, weight_decay=_DECAY),
        torch.optim.AdamW(others, lr=_RATE, betas=(0.9, 0.95), weight_decay=_DECAY),
    ]


def _schedule(done: float) -> float:
    """Linear warm-up, then linear down to a tenth."""
    return min(1.0, (done + 0.005) / _WARMUP) * (1.0 - 0.9 * done)


def _new_model(tokenizer: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    # Sizes are multiples of 64, the block of bitsandbytes' NF4.
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=-(-len(tokenizer) // 64) * 64,
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=2048,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch's global generator seeded inside, and as it was outside."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
