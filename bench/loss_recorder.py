"""What recording every example's loss costs: tokens per second with the recorder over without, in one run.

    python bench/loss_recorder.py [--pairs 60] [--hidden 256] [--layers 4]

One trainer, one model, sequences of one length. Steps come in pairs, one with the recorder and one without,
the first of a pair by turns, so that a machine that slows down or speeds up does it to both. The ratio is the
median over pairs; its interval a bootstrap over them.
"""

import argparse
import random
import statistics
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback

from schemas.training import Batch, Lora, Train
from train.fitting.compute import choose
from train.fitting.model import add_adapter
from train.fitting.quiet import quiet
from train.fitting.schedule import plan
from train.fitting.trainer import SiftTrainer, sequence_dataset
from train.record.checkpoints import Checkpoints
from train.record.parts import Parts
from train.record.recorder import Recorder
from train.tokens import TokenRow

_TARGET = 0.98
_WARM_UP = 3  # pairs
_VOCABULARY = 4096
_ROW_TOKENS, _PROMPT_TOKENS, _ROWS_A_PACK = 128, 64, 8


class Pairs(TrainerCallback):
    """Switches the recorder on and off from step to step, and times each step."""

    def __init__(self, trainer: SiftTrainer, parts: Parts) -> None:
        self._trainer = trainer
        self._parts = parts
        self._began = 0.0
        self._on = True
        self.seconds: dict[bool, list[float]] = {True: [], False: []}

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        pair, second = divmod(state.global_step, 2)
        self._on = (pair % 2 == 0) != bool(second)
        self._trainer.recorder.close()
        if self._on:
            self._trainer.recorder = Recorder(self._trainer.model)
        self._began = time.perf_counter()

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        if "loss" not in kwargs["logs"]:
            return
        if self._on:
            self._parts.see(state.global_step, state.epoch, self._trainer.recorder.take())
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds[self._on].append(time.perf_counter() - self._began)


def main() -> None:
    options = _options()
    quiet()
    rng = random.Random(1)
    rows = [_row(rng, i) for i in range(options.pairs * 2 * 2 * _ROWS_A_PACK)]
    packs = [tuple(range(i, i + _ROWS_A_PACK)) for i in range(0, len(rows), _ROWS_A_PACK)]
    with tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(options, rows, packs, Path(folder))
        pairs = Pairs(trainer, Parts(Path(folder) / "parts", rows))
        trainer.add_callback(pairs)
        trainer.train()
    with_it, without = pairs.seconds[True][_WARM_UP:], pairs.seconds[False][_WARM_UP:]
    ratios = [off / on for on, off in zip(with_it, without, strict=True)]
    low, high = _interval(ratios, rng)
    tokens = 2 * _ROWS_A_PACK * _ROW_TOKENS
    weights = sum(p.numel() for p in trainer.model.parameters())
    print(f"model          {weights:,} weights on {trainer.args.device}")
    print(f"with recorder  {tokens / statistics.median(with_it):>10,.0f} tokens/s")
    print(f"without        {tokens / statistics.median(without):>10,.0f} tokens/s")
    print(f"ratio          {statistics.median(ratios):.4f}  [{low:.4f}, {high:.4f}] over {len(ratios)} pairs")
    print(f"target         {_TARGET}")


def _trainer(
    options: argparse.Namespace, rows: list[TokenRow], packs: list[tuple[int, ...]], folder: Path
) -> SiftTrainer:
    model: Any = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=_VOCABULARY,
            hidden_size=options.hidden,
            intermediate_size=2 * options.hidden,
            num_hidden_layers=options.layers,
            num_attention_heads=4,
        )
    )
    train = Train(
        model="bench",
        method="lora",
        lora=Lora(dropout=0.0),
        epochs=1,
        batch=Batch(effective=2 * _ROWS_A_PACK, per_device=_ROWS_A_PACK),
    )
    compute = choose(train)
    model.to(compute.device)
    schedule = plan(
        train,
        examples=len(rows),
        sequences=len(packs),
        longest=_ROWS_A_PACK * _ROW_TOKENS,
        packed=True,
        compute=compute,
    )
    return SiftTrainer(
        add_adapter(model, train, seed=1),
        _tokenizer(),
        sequence_dataset(rows, packs),
        packed=True,
        train=train,
        seed=1,
        schedule=schedule,
        compute=compute,
        checkpoints=Checkpoints(folder / "checkpoints"),
        base="bench",
    )


def _row(rng: random.Random, number: int) -> TokenRow:
    ids = array("i", [rng.randrange(3, _VOCABULARY) for _ in range(_ROW_TOKENS)])
    return TokenRow(f"{number:020}", "train", ids, ((_PROMPT_TOKENS, _ROW_TOKENS),), 0)


def _tokenizer() -> Any:
    """The trainer asks for one; the rows are tokens already."""
    words = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1}, unk_token="<eos>"))
    tokenizer: Any = PreTrainedTokenizerFast
    return tokenizer(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>")


def _interval(ratios: list[float], rng: random.Random) -> tuple[float, float]:
    """95 % bootstrap interval of the median."""
    medians = sorted(statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(2000))
    return medians[50], medians[-51]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    return parser.parse_args()


if __name__ == "__main__":
    main()
