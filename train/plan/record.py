"""A plan as plain data, for `--json`. Memory is in bytes; keys and units do not change, keys may be added."""

from dataclasses import asdict
from typing import Any

from train.plan.gpus import Gpu
from train.plan.memory import Batch, Parts
from train.plan.outline import Outline
from train.plan.sizes import Kept, Memory, Room


def record(plan: Outline) -> dict[str, Any]:
    schedule = plan.course.schedule
    return {
        "dataset_version": plan.version,
        "model": plan.model,
        "architecture": plan.shape.architecture,
        "method": plan.train.method,
        "weights": plan.shape.total,
        "examples": plan.counts,
        "tokens": plan.tokens,
        "lengths": asdict(plan.lengths),
        "task": plan.train.task,
        "classes": [asdict(bar) for bar in plan.classes],
        "findings": [asdict(finding) for finding in plan.findings],
        "course": {
            "device": plan.compute.device,
            "reasons": list(plan.compute.reasons),
            "packed": plan.course.packed,
            "sequences": plan.course.sequences,
            "longest": plan.course.longest,
            "per_device": schedule.per_device,
            "accumulation": schedule.accumulation,
            "examples_per_step": plan.course.examples,
            "padding": plan.course.padding,
            "steps_per_epoch": schedule.steps_per_epoch,
            "epochs": plan.train.epochs,
            "steps": schedule.total_steps,
        },
        "memory_on": plan.memory_on,
        "memory": [_memory(one) for one in plan.memory],
        "activations": [_kept(one) for one in plan.kept],
        "gpus": [_room(room) for room in plan.rooms],
        "habits": [asdict(habit) for habit in plan.habits],
        "rendered": [asdict(example) for example in plan.examples],
        "warnings": plan.warnings,
    }


def _memory(memory: Memory) -> dict[str, Any]:
    return {
        "way": memory.way,
        "trained": memory.trained,
        "batch": _batch(memory.batch),
        "parts": _parts(memory.parts),
    }


def _parts(parts: Parts) -> dict[str, Any]:
    whole = {name: value if name == "moment" else round(value) for name, value in asdict(parts).items()}
    return {**whole, "total": round(parts.total)}


def _kept(kept: Kept) -> dict[str, Any]:
    return {
        "recompute": kept.recompute,
        "attention": kept.attention,
        "activations": round(kept.activations),
        "total": round(kept.total),
    }


def _room(room: Room) -> dict[str, Any]:
    return {
        **_gpu(room.gpu),
        "way": room.way,
        "batch": _batch(room.batch),
        "total": round(room.total),
        "fits": room.fits,
        "largest": room.largest,
    }


def _gpu(gpu: Gpu) -> dict[str, Any]:
    return {"gpu": gpu.name, "memory": round(gpu.bytes), "bf16": gpu.bf16}


def _batch(batch: Batch) -> dict[str, int]:
    return {"sequences": batch.sequences, "length": batch.length}
