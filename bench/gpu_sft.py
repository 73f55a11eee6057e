"""`train run` on a GPU against TRL's plain script: tokens per second, peak memory, recorder, estimator.

    python -m bench.gpu_sft [--sizes 1B,3B,8B] [--methods qlora,lora] [--rows 1200] [--json FILE]

Nothing is downloaded: the models are Llama-shaped with random weights, the tokenizer is the tiny base's, the
dialogues are generated. Both sides train on the same dataset version, packed to 2,048 tokens, with the same
adapter, optimiser and sequences a step, each in a process of its own. TRL's side is what its users write:
SFTTrainer with `packing=True` and `assistant_only_loss=True`. Tokens are those that are no padding; the first
steps are left out. `--sizes tiny` tries the script itself out on a CPU.
"""

import argparse
import json
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, TrainerCallback

if TYPE_CHECKING:
    from schemas.training import Train

_SHAPES = {
    # hidden, intermediate, layers, heads, key-value heads, vocabulary: those of Llama 3.2 1B and 3B, 3.1 8B.
    "tiny": (64, 128, 2, 4, 2, 2048),
    "1B": (2048, 8192, 16, 32, 8, 128_256),
    "3B": (3072, 8192, 28, 24, 8, 128_256),
    "8B": (4096, 14_336, 32, 32, 8, 128_256),
}
_LENGTH = 2048
_EFFECTIVE = 32  # examples a step
_WARM_UP = 3  # steps
_RECORDER_TARGET = 0.99
_PACKAGES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "accelerate")


def main() -> int:
    options = _options()
    if options.cell:
        _cell(json.loads(options.cell))
        return 0
    figures: dict[str, Any] = {"machine": _machine(), "cells": []}
    for name, value in figures["machine"].items():
        print(f"{name:<14} {value}")
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        folder = Path(scratch)
        for size in options.sizes.split(","):
            _in_a_process({"side": "model", "size": size, "folder": str(folder / size)})
            for method in options.methods.split(","):
                cell = _compare(folder, size, method, options.rows)
                figures["cells"].append(cell)
                print(_line(cell), flush=True)
            shutil.rmtree(folder / size)
    figures["recorder"] = _recorder(options.sizes.split(",")[0], options.pairs)
    print(f"recorder       {figures['recorder']}  (target {_RECORDER_TARGET})")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _compare(folder: Path, size: str, method: str, rows: int) -> dict[str, Any]:
    """Both sides, one after the other, and what the estimator said."""
    workspace = folder / f"{size}-{method}"
    _lay_down(workspace, folder / size, method, rows)
    asked = {"workspace": str(workspace), "method": method}
    ours = _in_a_process({"side": "siftune", **asked})
    trl = _in_a_process({"side": "trl", "per_step": ours["per_step"], **asked})
    shutil.rmtree(workspace)
    sides = {"siftune": ours, "trl": trl}
    named = {f"{side}_{name}": value for side, one in sides.items() for name, value in one.items()}
    return {"size": size, "method": method} | named


def _line(cell: dict[str, Any]) -> str:
    line = f"{cell['size']:>5} {cell['method']:<6}"
    for side in ("siftune", "trl"):
        peak = cell[f"{side}_peak_gib"]
        line += f"  {side} {cell[f'{side}_tokens_per_s']:>9,.0f} tokens/s"
        line += f" {peak:6.2f} GiB" if peak else ""
    line += f"  ratio {cell['siftune_tokens_per_s'] / cell['trl_tokens_per_s']:.2f}"
    if cell["siftune_peak_gib"]:
        estimate, peak = cell["siftune_estimated_gib"], cell["siftune_peak_gib"]
        line += f"  estimated {estimate:.2f} GiB ({estimate / peak - 1:+.1%})"
    return line


def _lay_down(workspace: Path, model: Path, method: str, rows: int) -> None:
    """A built dataset version of generated dialogues whose lengths spread as those of chats do."""
    import curate
    from train.tiny.text import chat

    workspace.mkdir()
    rng = random.Random(5)
    with (workspace / "raw.jsonl").open("w", encoding="utf-8") as file:
        for number in range(rows):
            turns = [m for m in chat(rng) if m["role"] != "system"]
            for _ in range(int(rng.lognormvariate(0.3, 0.7))):
                turns += [m for m in chat(rng) if m["role"] != "system"]
            turns[0] = {**turns[0], "content": f"Case {number}. {turns[0]['content']}"}
            file.write(json.dumps({"messages": turns}) + "\n")
    recipe = {
        "name": "bench",
        "system_prompt": "You answer customers of a small shop.",
        "sources": [{"path": "raw.jsonl"}],
        "train": {
            "model": str(model),
            "method": method,
            "epochs": 1,
            "max_length": _LENGTH,
            "batch": {"effective": _EFFECTIVE},
            "snapshots": [],
            "early_stopping": None,
        },
    }
    (workspace / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    curate.build(workspace / "recipe.yaml")


def _make_model(size: str, folder: Path) -> dict[str, Any]:
    """Random weights in bfloat16, made on the device at hand and saved; how many."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from train.tiny.tokenizer import build_tokenizer

    hidden, intermediate, layers, heads, kv_heads, vocabulary = _SHAPES[size]
    tokenizer = build_tokenizer(seed=17)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=_LENGTH,
        tie_word_embeddings=size != "8B",
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        dtype=torch.bfloat16,
    )
    torch.manual_seed(3)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model: Any = LlamaForCausalLM(config)
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {"weights": sum(p.numel() for p in model.parameters())}


def _in_a_process(cell: dict[str, Any]) -> dict[str, Any]:
    """A side in a fresh process, so that neither finds the other's memory; its last line is the answer."""
    command = [sys.executable, "-m", "bench.gpu_sft", "--cell", json.dumps(cell)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{cell['side']} failed:\n{done.stderr[-4000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _cell(cell: dict[str, Any]) -> None:
    if cell["side"] == "model":
        answer = _make_model(cell["size"], Path(cell["folder"]))
    elif cell["side"] == "siftune":
        answer = _siftune(Path(cell["workspace"]))
    else:
        answer = _trl(Path(cell["workspace"]), cell["method"], cell["per_step"])
    print(json.dumps(answer))


def _siftune(workspace: Path) -> dict[str, Any]:
    """`train run`, its own metrics, and the plan for this device."""
    import train
    from train.plan.memory import estimate
    from train.plan.outline import outline
    from train.plan.setup import of_recipe

    recipe = workspace / "recipe.yaml"
    plan = outline(recipe=recipe, show=0)
    schedule = plan.course.schedule
    setup = of_recipe(plan.train, plan.way, plan.compute, schedule.accumulation > 1)
    run = train.run(recipe=recipe)
    steps = [line for line in run.metrics() if "tokens_per_s" in line][_WARM_UP:]
    return {
        "tokens_per_s": _median([step["tokens_per_s"] for step in steps]),
        "peak_gib": max(step.get("gpu_memory_gib", 0.0) for step in steps) or None,
        "estimated_gib": estimate(plan.shape, setup, plan.course.batch).allocated / 2**30,
        "per_step": schedule.per_device * schedule.accumulation,
        "steps": len(steps),
    }


class Clock(TrainerCallback):
    """Tokens and seconds of each step of TRL's trainer."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._tokens: list[int] = []
        self._began = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        self._began = time.perf_counter()

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        if "num_tokens" not in kwargs["logs"]:
            return
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self._seconds.append(time.perf_counter() - self._began)
        self._tokens.append(int(kwargs["logs"]["num_tokens"]))

    @property
    def speeds(self) -> list[float]:
        """Tokens per second of each step beyond the first ones; TRL counts tokens from the beginning."""
        tokens = (after - before for before, after in zip([0, *self._tokens], self._tokens, strict=False))
        return [n / s for n, s in zip(tokens, self._seconds, strict=True)][_WARM_UP:]


def _trl(workspace: Path, method: str, per_step: int) -> dict[str, Any]:
    """What TRL's documentation has its users write, with the settings of the recipe and our packs a step."""
    import datasets
    from peft import LoraConfig
    from trl.trainer.sft_trainer import SFTTrainer

    from curate.workspace import Workspace

    opened = Workspace.open(workspace / "recipe.yaml")
    train = opened.recipe.train
    assert train is not None
    data = datasets.load_dataset(str(opened.version(None).path), split="train").select_columns(["messages"])
    clock = Clock()
    SFTTrainer(
        model=_plain_model(train.model, quantised=method == "qlora"),
        args=_plain_arguments(workspace / "trl", train, per_step),
        train_dataset=data,
        processing_class=AutoTokenizer.from_pretrained(train.model),
        peft_config=LoraConfig(
            task_type="CAUSAL_LM",
            r=train.lora.r,
            lora_alpha=int(train.lora.alpha),
            lora_dropout=train.lora.dropout,
            target_modules="all-linear",
        ),
        callbacks=[clock],
    ).train()
    return {
        "tokens_per_s": _median(clock.speeds),
        "peak_gib": torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else None,
        "steps": len(clock.speeds),
    }


def _plain_model(folder: str, *, quantised: bool) -> Any:
    cuda = torch.cuda.is_available()
    dtype = torch.bfloat16 if cuda else torch.float32
    nf4 = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    return AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        quantization_config=nf4 if quantised else None,
        device_map={"": "cuda" if cuda else "cpu"},
    )


def _plain_arguments(folder: Path, train: "Train", per_step: int) -> Any:
    from trl.trainer.sft_config import SFTConfig

    cuda = torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(folder),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=per_step,
        num_train_epochs=1,
        learning_rate=train.learning_rate,
        packing=True,
        max_length=_LENGTH,
        assistant_only_loss=True,
        bf16=cuda,
        use_cpu=not cuda,
        gradient_checkpointing=cuda,
        optim="paged_adamw_8bit" if cuda else "adamw_torch",
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )


def _median(speeds: list[float]) -> float:
    if not speeds:
        raise SystemExit(f"no step beyond the first {_WARM_UP}: give more --rows")
    return statistics.median(speeds)


def _recorder(size: str, pairs: int) -> str:
    """`bench/loss_recorder.py` with a model of this width: steps with the recorder over steps without."""
    hidden, _, layers, *_ = _SHAPES[size]
    command = [sys.executable, "-m", "bench.loss_recorder", "--hidden", str(hidden), "--layers", str(layers)]
    done = subprocess.run([*command, "--pairs", str(pairs)], capture_output=True, text=True, check=True)
    found = re.search(r"^ratio\s+(.*)$", done.stdout, re.MULTILINE)
    return found[1] if found else done.stdout


def _machine() -> dict[str, str]:
    cuda = torch.cuda.is_available()
    device = torch.cuda.get_device_name() if cuda else platform.processor() or "CPU"
    return {"device": device, "python": platform.python_version()} | {
        name: metadata.version(name) for name in _PACKAGES
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1B,3B,8B")
    parser.add_argument("--methods", default="qlora,lora")
    parser.add_argument("--rows", type=int, default=1200)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--folder", help="where models are made; 20 GB for 8B")
    parser.add_argument("--json", help="write the figures here, too")
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
