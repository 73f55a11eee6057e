"""embedding: nearness in meaning to the examples that got worse.

By any sentence-transformers model; without one, by the base model's own last hidden states, their mean over
the tokens. Those point into a narrow cone, so the mean over all texts is taken off first (Mu and Viswanath
2018, arXiv:1702.01417).
"""

import hashlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from schemas.errors import MissingPackage, UsageError
from schemas.example import Example
from train.auditing.signals.kept import Kept
from train.auditing.signals.loaded import Loaded
from train.auditing.signals.question import Question

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
_BATCH = 64  # texts
_VERSION = "embedding/1"


def embedding(question: Question, encode: Encode, *, centred: bool) -> Floats:
    """Cosine of a row to the examples that got worse, the mean over them by how far each rose. Of an edited
    row, the nearer of its two texts."""
    texts = _texts(question)
    distinct = list(dict.fromkeys(texts))
    vectors = np.asarray(encode(distinct), dtype=np.float64)
    if centred:
        vectors = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.where(lengths > 0, lengths, 1.0)
    place = {text: at for at, text in enumerate(distinct)}
    rows = vectors[[place[text] for text in texts]]
    n = len(question.candidates)
    near = (rows[: 2 * n] @ (question.weights @ rows[2 * n :])).reshape(2, n)
    found: Floats = near.max(axis=0)
    return found


def by_base(question: Question, loaded: Loaded, cache: Path) -> Kept:
    """What is kept of the same question to the same base model."""
    asked = hashlib.sha256("\0".join((*_texts(question), *map(repr, question.weights))).encode()).hexdigest()
    return Kept(cache, _VERSION, loaded.identity, asked)


def sentence_model(name: str, root: Path) -> Encode:
    """`name`: a folder beside the recipe, or a name on the hub. Raises MissingPackage, UsageError."""
    if find_spec("sentence_transformers") is None:
        raise MissingPackage.of("sentence-transformers", "semantic", "--embedding")
    from sentence_transformers import SentenceTransformer

    folder = root / Path(name).expanduser()
    try:
        model: Any = SentenceTransformer(str(folder) if folder.is_dir() else name)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UsageError(
            f"--embedding: {name!r} cannot be loaded ({reason})",
            "name a sentence-transformers model, by its folder or its name on the hub; or leave it away",
        ) from error

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(
            model.encode(list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
        )

    return encode


def mean_pooled(loaded: Loaded) -> Encode:
    """The untuned model's last hidden states, their mean over a text's tokens."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        tokenizer, compute = loaded.tokenizer, loaded.compute
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        with torch.no_grad(), compute.autocast(), loaded.untuned() as backbone:
            size = backbone.config.get_text_config().hidden_size
            found = np.empty((len(texts), size), dtype=np.float32)
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                inputs = tokenizer(
                    [texts[i] or " " for i in batch],
                    padding=True,
                    padding_side="right",
                    truncation=True,
                    max_length=loaded.settings.max_length,
                    return_tensors="pt",
                ).to(compute.device)
                states = backbone(
                    input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
                ).last_hidden_state.float()
                mask = inputs["attention_mask"][..., None]
                found[batch] = ((states * mask).sum(1) / mask.sum(1)).cpu().numpy()
        return found

    return encode


def _texts(question: Question) -> list[str]:
    """The candidates as they were, as they are, and the examples that got worse."""
    changes = question.changes
    sides = [[of.get(name) for name in question.candidates] for of in (changes.before, changes.after)]
    return [_text(one) for one in (*sides[0], *sides[1], *question.worse)]


def _text(example: Example | None) -> str:
    return f"{example.prompt}\n{example.answer}" if example else ""
