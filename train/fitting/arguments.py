"""What a run's settings are called by transformers' Trainer: the arguments that the tasks share."""

import math
from pathlib import Path
from typing import Any, TypeVar

from transformers import TrainingArguments

from schemas.recipe import Train
from train.fitting.compute import Compute
from train.fitting.schedule import Schedule

Arguments = TypeVar("Arguments", bound=TrainingArguments)


def shared(train: Train, seed: int, schedule: Schedule, compute: Compute, folder: Path) -> dict[str, Any]:
    """Keyword arguments of TrainingArguments, and of any class made of it."""
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": schedule.per_device,
        "gradient_accumulation_steps": schedule.accumulation,
        "num_train_epochs": train.epochs,
        "max_steps": schedule.total_steps,
        "learning_rate": train.learning_rate,
        "lr_scheduler_type": train.scheduler,
        "lr_scheduler_kwargs": _scheduler(train, schedule),
        "warmup_steps": math.ceil(train.warmup_ratio * schedule.total_steps),
        "weight_decay": train.weight_decay,
        "max_grad_norm": train.max_grad_norm,
        "neftune_noise_alpha": train.neftune_alpha,
        "optim": compute.optimiser,
        "bf16": compute.bf16,
        "fp16": compute.precision == "float16",
        "use_cpu": compute.device == "cpu",
        "seed": seed,
        "remove_unused_columns": False,
        "dataloader_pin_memory": compute.device == "cuda",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "eval_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def _scheduler(train: Train, schedule: Schedule) -> dict[str, Any]:
    """What transformers calls the scheduler's options."""
    options = train.scheduler_options
    if train.scheduler == "cosine_with_min_lr":
        return {"min_lr_rate": options.min_lr_ratio}
    if train.scheduler == "polynomial":
        return {"lr_end": options.min_lr_ratio * train.learning_rate, "power": options.power}
    if train.scheduler == "warmup_stable_decay":
        falling = math.ceil(options.decay_ratio * schedule.total_steps)
        return {"num_decay_steps": falling, "min_lr_ratio": options.min_lr_ratio}
    return {}


def on_one_gpu(arguments: Arguments) -> Arguments:
    """Where several GPUs are visible, transformers would copy the model to each; it stands on the first."""
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1
    return arguments
