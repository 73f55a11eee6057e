"""The losses of a few examples by a plain forward pass, one row at a time: what a merge is verified by."""

from collections.abc import Sequence
from typing import Any

from schemas.example import Example
from train.classifying.classes import Classes
from train.classifying.rows import ClassRow, tokenise
from train.template import ChatTemplate, Tokenizer


def rows_of(
    examples: Sequence[Example],
    template: ChatTemplate,
    tokenizer: Tokenizer,
    max_length: int,
    names: Sequence[str],
) -> list[ClassRow]:
    """The examples that have one of these classes, as training tokenised them."""
    classes = Classes(tuple(names), True, ())
    made = tokenise(examples, template, tokenizer, max_length, classes)
    return [row for row in made if isinstance(row, ClassRow)]


def loss(model: Any, row: ClassRow) -> float:
    """Of the row's class, in nats."""
    import torch

    device = next(model.parameters()).device
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([list(row.input_ids)], device=device)).logits[0].float()
    return float(torch.nn.functional.cross_entropy(logits, torch.tensor(row.label, device=device)))
