"""Siftune's training: a dataset version in, a run out, with a loss for every example.

    run = train.run(version)                     # .losses(), .tokens(), .metrics(), .adapter, .info, .recipe
    queue = train.review_queue(run, by="loss")   # examples, worst first, with the signal
    train.example_dynamics(run)                  # a table: what its losses over time tell of each example
    train.ifd("recipe.yaml", name)               # measures answers without their prompts
    evaluation = train.evaluate(run)             # .sets, .generations(), .losses(): beside the base model
    audit = train.audit(run_a, run_b)            # .regressed, .changes, .suspects, .to_html(path)
    found = train.bisect(run_a, run_b)           # .guilty_groups, .guilty_rows, .explained: by retraining
    train.sweep(recipe="recipe.yaml")            # the recipe's sweep: .found.rows, best first, .found.best
    train.runs("recipe.yaml"), train.open_run("recipe.yaml", name)
    train.tiny_base(folder)                      # a small base model, made here

Names are loaded when first used, so that `train --help` needs no torch; and no module has the name of a
public function, which importing the module would hide.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from train.auditing.audit import audit
    from train.bisecting.bisect import bisect
    from train.dynamics.frame import example_dynamics
    from train.dynamics.ifd import ifd
    from train.evaluation.evaluate import evaluate
    from train.queue import QueueItem, review_queue
    from train.session import run
    from train.store import Run, open_run
    from train.store import list_runs as runs
    from train.sweeping.running import sweep
    from train.tiny.base import tiny_base

__all__ = [
    "QueueItem",
    "Run",
    "audit",
    "bisect",
    "evaluate",
    "example_dynamics",
    "ifd",
    "open_run",
    "review_queue",
    "run",
    "runs",
    "sweep",
    "tiny_base",
]

_HOMES = {
    "QueueItem": ("train.queue", "QueueItem"),
    "Run": ("train.store", "Run"),
    "audit": ("train.auditing.audit", "audit"),
    "bisect": ("train.bisecting.bisect", "bisect"),
    "evaluate": ("train.evaluation.evaluate", "evaluate"),
    "example_dynamics": ("train.dynamics.frame", "example_dynamics"),
    "ifd": ("train.dynamics.ifd", "ifd"),
    "open_run": ("train.store", "open_run"),
    "review_queue": ("train.queue", "review_queue"),
    "run": ("train.session", "run"),
    "runs": ("train.store", "list_runs"),
    "sweep": ("train.sweeping.running", "sweep"),
    "tiny_base": ("train.tiny.base", "tiny_base"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'train' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
