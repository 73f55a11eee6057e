"""How a run's model is asked, by what it was trained for: an assistant's answers, or one class an example.

Losses are of the model as it stands, in eval mode: nats of an example, summed over what is trained of it.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

import torch

from schemas.example import Example
from schemas.recipe import Train
from train.classifying.head import inputs, load
from train.classifying.meter import ClassMeter
from train.classifying.rows import ClassRow
from train.classifying.verifying import rows_of
from train.fitting.compute import Compute
from train.fitting.model import Base, add_adapter, load_model
from train.record.snapshots import Meter, Snapshots, padded
from train.template import read_template
from train.tokens import TokenRow, prepare

AskedRow = TokenRow | ClassRow


class Asking(Protocol):
    """Of one run. It is given back the rows that it made. `identity`: what a loss is of, beside base and
    settings."""

    identity: str

    def load(self, base: Base, compute: Compute) -> Any:
        """The model in a folder or on the hub, without an adapter. Raises RecipeError."""

    def adapt(self, model: Any) -> Any:
        """The model with an adapter as the run's began."""

    def rows(self, examples: Sequence[Example], tokenizer: Any) -> Sequence[AskedRow]:
        """Those that the run could be trained on."""

    def meter(self, model: Any, rows: Sequence[Any], tokenizer: Any, compute: Compute) -> Snapshots[Any]:
        """Measures their losses."""

    def losses(self, model: Any, rows: Sequence[Any], pad_id: int, compute: Compute) -> torch.Tensor:
        """(rows,) to be differentiated; each token as it counts in training."""


class Answers:
    """As `Asking`, by TRL's fused LM head."""

    def __init__(self, train: Train, seed: int) -> None:
        self.identity = ""
        self._train = train
        self._seed = seed

    def load(self, base: Base, compute: Compute) -> Any:
        from trl.trainer.utils import add_fused_lm_head

        model = load_model(base, self._train, compute)
        add_fused_lm_head(model, outputs=("log_probs", "is_top1"))
        return model

    def adapt(self, model: Any) -> Any:
        return add_adapter(model, self._train, self._seed)

    def rows(self, examples: Sequence[Example], tokenizer: Any) -> Sequence[TokenRow]:
        return prepare(examples, tokenizer, self._train.max_length, self._train.turn_weights).rows

    def meter(self, model: Any, rows: Sequence[TokenRow], tokenizer: Any, compute: Compute) -> Meter:
        return Meter(model, rows, tokenizer.pad_token_id, compute)

    def losses(self, model: Any, rows: Sequence[TokenRow], pad_id: int, compute: Compute) -> torch.Tensor:
        given = padded(rows, pad_id, compute.device)
        nll = -model(**given, use_cache=False, fused_lm_head=True).log_probs.float()
        if any(row.weights for row in rows):
            width = given["labels"].shape[1]
            weights = torch.tensor([[*r.token_weights, *[1.0] * (width - len(r))] for r in rows])[:, 1:]
            # Virtual tokens stand before those that have weights.
            nll = nll[:, -weights.shape[1] :] * weights.to(nll.device)
        summed: torch.Tensor = nll.sum(1)
        return summed


class Labels:
    """As `Asking`, by a head of classes. Weights of classes are left out: they turn no gradient."""

    def __init__(self, train: Train, seed: int, names: Sequence[str], pad_id: int) -> None:
        self.identity = "|".join(("classes", *names))
        self._train = train
        self._seed = seed
        self._names = names
        self._pad_id = pad_id

    def load(self, base: Base, compute: Compute) -> Any:
        return load(base, self._train, compute, self._names, self._pad_id, self._seed)

    def adapt(self, model: Any) -> Any:
        return add_adapter(model, self._train, self._seed, "SEQ_CLS")

    def rows(self, examples: Sequence[Example], tokenizer: Any) -> Sequence[ClassRow]:
        return rows_of(examples, read_template(tokenizer), tokenizer, self._train.max_length, self._names)

    def meter(self, model: Any, rows: Sequence[ClassRow], tokenizer: Any, compute: Compute) -> ClassMeter:
        return ClassMeter(model, rows, tokenizer.pad_token_id, compute)

    def losses(self, model: Any, rows: Sequence[ClassRow], pad_id: int, compute: Compute) -> torch.Tensor:
        given = inputs(rows, pad_id, compute.device)
        labels = given.pop("labels")
        return torch.nn.functional.cross_entropy(model(**given).logits.float(), labels, reduction="none")


def key_of(row: AskedRow) -> str:
    """Of its tokens, what of them is trained, and what each counts for; or of its tokens and its class."""
    if isinstance(row, ClassRow):
        what = f"class {row.label}"
    else:
        trained = ",".join(f"{start}-{stop}" for start, stop in row.trained)
        what = f"{trained}|{','.join(map(repr, row.weights))}"
    return hashlib.sha256(row.input_ids.tobytes() + f"|{what}".encode()).hexdigest()[:32]
