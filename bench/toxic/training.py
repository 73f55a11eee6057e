"""A small BERT with Detoxify's six labels, trained on `bench.toxic.language` and kept in a temporary folder.

The folder is what `toxicity.checkpoint` takes: `toxic.ckpt` as Detoxify writes it, config and tokenizer. It
is kept under a hash of all that it depends on. The first time takes two or three minutes on one thread, which
gives the same weights whatever else runs, and waits for no other thread where cores are shared.
"""

import hashlib
import inspect
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import BertWordPieceTokenizer

from bench.toxic import language
from bench.toxic.language import CLASSES, Labelled, Language

_SEED_TRAIN, _SEED_TEST = 2, 3
_VOCABULARY = 4000


@dataclass(frozen=True, slots=True)
class Shape:
    """The model and how long it learns: `texts` once, in batches of `batch`."""

    layers: int = 4
    hidden: int = 128
    texts: int = 48_000
    batch: int = 32
    learning_rate: float = 1e-3


def trained(shape: Shape, say: Callable[[str], None] = print) -> Path:
    """The folder of the checkpoint, trained now or before."""
    versions = f"{torch.__version__} {transformers.__version__}"
    code = inspect.getsource(language) + Path(__file__).read_text(encoding="utf-8")
    key = hashlib.sha256(f"{shape} {versions} {code}".encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"siftune-bench-toxic-{key}"
    if folder.exists():
        return folder
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        torch.set_num_threads(1)
        try:
            _train(Path(name), shape)
        finally:
            torch.set_num_threads(threads)
        took = time.perf_counter() - began
        say(f"trained {shape.layers} layers of {shape.hidden} in {took:.0f} s: {folder}")
        Path(name).rename(folder)
        Path(name).mkdir()  # for its owner to remove
    return folder


def held_out(n: int) -> list[Labelled]:
    """Texts that no training sees."""
    return Language().texts(random.Random(_SEED_TEST), n)


def write_checkpoint(folder: Path, model: Any, tokenizer: Any) -> None:
    """`toxic.ckpt`, config and tokenizer, as `toxicity.checkpoint` takes a folder."""
    tokenizer.save_pretrained(folder)
    model.config.save_pretrained(folder)
    args = {
        "model_type": str(folder),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizerFast",
        "num_classes": len(CLASSES),
    }
    described = {"arch": {"args": args}, "dataset": {"args": {"classes": list(CLASSES)}}}
    torch.save({"config": described, "state_dict": model.state_dict()}, folder / "toxic.ckpt")


def _train(folder: Path, shape: Shape) -> None:
    rng = random.Random(_SEED_TRAIN)
    texts = Language().texts(rng, shape.texts)
    tokenizer = _tokenizer(folder, [each.text for each in texts])
    torch.manual_seed(5)
    library: Any = transformers
    config = library.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=max(1, shape.hidden // 64),
        intermediate_size=4 * shape.hidden,
        num_labels=len(CLASSES),
        initializer_range=0.06,  # at the usual 0.02 one this small hardly begins to learn
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = library.BertForSequenceClassification(config).train()
    batches = _batches(texts, tokenizer, shape.batch, rng)
    optimizer = torch.optim.AdamW(model.parameters(), lr=shape.learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, shape.learning_rate, len(batches), pct_start=0.1
    )
    for ids, labels in batches:
        padded = tokenizer.pad({"input_ids": ids}, return_tensors="pt")
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(**padded).logits, labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    write_checkpoint(folder, model.eval(), tokenizer)


def _tokenizer(folder: Path, texts: list[str]) -> Any:
    pieces = BertWordPieceTokenizer(lowercase=True)
    pieces.train_from_iterator(texts, vocab_size=_VOCABULARY, show_progress=False)
    pieces.save_model(str(folder))
    library: Any = transformers
    return library.BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=512)


def _batches(
    texts: list[Labelled], tokenizer: Any, size: int, rng: random.Random
) -> list[tuple[list[list[int]], torch.Tensor]]:
    """Texts of about the same length together, the batches in any order."""
    ids = tokenizer([each.text for each in texts])["input_ids"]
    order = sorted(range(len(texts)), key=lambda at: len(ids[at]))
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    rng.shuffle(parts)
    return [
        ([ids[at] for at in part], torch.tensor([texts[at].labels for at in part]).float()) for part in parts
    ]
