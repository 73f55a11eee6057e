"""`train eval`, `train quant-check`: parse, call, print."""

from train.evaluation.commands.evaluating import evaluate
from train.evaluation.commands.quantised import quant_check

__all__ = ["evaluate", "quant_check"]
