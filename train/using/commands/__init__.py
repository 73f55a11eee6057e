"""`train merge`, `train export`, `train chat`, `train classify`, `train preset`: parse, call, print."""

from train.using.commands.chatting import chat
from train.using.commands.classifying import classify
from train.using.commands.exporting import export
from train.using.commands.merging import merge
from train.using.commands.presets import preset

__all__ = ["chat", "classify", "export", "merge", "preset"]
