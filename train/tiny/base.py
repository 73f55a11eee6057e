"""Pretraining of the tiny base: a Llama of about 3.7 million parameters, in the format of `from_pretrained`.

Deterministic for a seed and a number of steps on one machine; with a time limit, the clock decides the steps.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError
from train.tiny.spelling import Speller
from train.tiny.text import chat, passage
from train.tiny.tokenizer import END, build_tokenizer

if TYPE_CHECKING:
    import torch

STEPS = 600
SEQUENCES, LENGTH = 4, 192  # tokens a step: 4 × 192
_LEARNING_RATE, _WARMUP = 2e-3, 0.05
_CHAT_SHARE, _SPELLED_SHARE = 0.6, 0.5

Report = Callable[[float, int, float], None]


def tiny_base(
    folder: Path | str,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    seed: int = 17,
    report: Report | None = None,
) -> Path:
    """Make tokenizer, chat template and pretrained weights in `folder`, whole or not at all.

    `report(fraction done, step, loss in nats per token)` is called after every step.
    Raises UsageError when `folder` holds something already.
    """
    from curate.atomic import folder as whole_folder

    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder}: holds something already", "name a folder that does not exist, or empty it"
        )
    tokenizer = build_tokenizer(seed)
    model = _pretrain(tokenizer, _progress(steps, minutes), seed, report)
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


def _pretrain(tokenizer: Any, progress: Iterator[float], seed: int, report: Report | None) -> Any:
    import torch

    with _seeded(seed):
        model = _new_model(tokenizer)
    batches = _batches(tokenizer, random.Random(seed + 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=_LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.05)
    model.train()
    for step, done in enumerate(progress, start=1):
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * _schedule(done)
        batch = next(batches)
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if report:
            report(done, step, loss.item())
    return model.eval()


def _schedule(done: float) -> float:
    """Linear warm-up, then linear down to a tenth."""
    return min(1.0, (done + 0.005) / _WARMUP) * (1.0 - 0.9 * done)


def _new_model(tokenizer: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    # Sizes are multiples of 64, the block of bitsandbytes' NF4.
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=-(-len(tokenizer) // 64) * 64,
            hidden_size=256,
            intermediate_size=512,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=2048,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _batches(tokenizer: Any, rng: random.Random) -> "Iterator[torch.Tensor]":
    """Documents end to end, every second one spelled out, cut into (SEQUENCES, LENGTH) token ids."""
    import torch

    spell = Speller(tokenizer)
    stream: list[int] = []
    while True:
        while len(stream) < SEQUENCES * LENGTH:
            document = _document(tokenizer, rng)
            stream += spell(document, rng) if rng.random() < _SPELLED_SHARE else document
        batch, stream = stream[: SEQUENCES * LENGTH], stream[SEQUENCES * LENGTH :]
        yield torch.tensor(batch).view(SEQUENCES, LENGTH)


def _document(tokenizer: Any, rng: random.Random) -> list[int]:
    is_chat = rng.random() < _CHAT_SHARE
    text = tokenizer.apply_chat_template(chat(rng), tokenize=False) if is_chat else passage(rng) + END
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch's global generator seeded inside, and as it was outside."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
