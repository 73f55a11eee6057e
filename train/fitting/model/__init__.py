"""The base model, what is trained in or beside it, and its weights on disk.

base.py        where the base model is, loaded and quantised as the recipe says
adapter.py     LoRA, DoRA, IA3, prefix and prompt tuning: what is laid on the base model
start.py       LoRAs that start at the base model's own directions (PiSSA, OLoRA), the base left as it is
weights.py     what was trained, saved and put back
"""

from train.fitting.model.adapter import add_adapter
from train.fitting.model.base import Base, find_base, fingerprint, load_model, load_tokenizer, quantise
from train.fitting.model.weights import load_weights, save_weights, whole

__all__ = [
    "Base",
    "add_adapter",
    "find_base",
    "fingerprint",
    "load_model",
    "load_tokenizer",
    "load_weights",
    "quantise",
    "save_weights",
    "whole",
]
