"""Toxicity: our scorer against plain `Detoxify.predict` in chunks, in one run, on a checkpoint made here.

    python -m bench.toxicity [--texts 32] [--chunk 16] [--layers 12] [--hidden 768]

The checkpoint has the shape of bert-base and random weights: speed and equality of scores are those of a
trained one, toxicity it does not know. So int8's loss is said as agreement with the exact decisions: at the
threshold that one text in twenty reaches by its exact score, how many of those int8 still finds. The head is
scaled so that scores spread over 0 to 1. Lengths of texts are log-normal, 5 to 500 words, median about 60.
Rounds alternate; ratios are medians over them. No text goes over the model's window, where Detoxify cuts.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from detoxify import Detoxify

from curate.toxicity.detoxify_scorer import PUBLISHED, DetoxifyScorer
from curate.toxicity.scorer import Scores

_TARGET, _EQUAL = 2.0, 1e-4
_CLASSES = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
_SHARE = 0.05  # of the texts, by their exact score, over the threshold that decisions are compared at


def main() -> int:
    options = _options()
    logging: Any = transformers.utils.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        words = _checkpoint(root, options.layers, options.hidden)
        rng = random.Random(3)
        texts = [
            " ".join(rng.choices(words, k=min(500, max(5, int(rng.lognormvariate(4.1, 0.9))))))
            for _ in range(options.texts)
        ]
        plain = Detoxify(checkpoint=str(root / "toxic.ckpt"), huggingface_config_path=str(root))
        exact = DetoxifyScorer("original", root, None)
        int8 = DetoxifyScorer("original", root, None, "int8")
        for warm in (exact, int8):
            warm(texts[:2])
        seconds: dict[str, list[float]] = {"plain": [], "exact": [], "int8": []}
        for _ in range(options.rounds):
            began = time.perf_counter()
            theirs = _predict(plain, texts, options.chunk)
            seconds["plain"].append(time.perf_counter() - began)
            began = time.perf_counter()
            ours = exact(texts)
            seconds["exact"].append(time.perf_counter() - began)
            began = time.perf_counter()
            quantised = int8(texts)
            seconds["int8"].append(time.perf_counter() - began)
    return int(not _report(texts, seconds, theirs, ours, quantised))


def _report(
    texts: list[str],
    seconds: dict[str, list[float]],
    theirs: list[Scores],
    ours: list[Scores],
    quantised: list[Scores],
) -> bool:
    per_s = {name: len(texts) / statistics.median(values) for name, values in seconds.items()}
    ratio = {
        name: statistics.median(p / t for p, t in zip(seconds["plain"], seconds[name], strict=True))
        for name in ("exact", "int8")
    }
    worst = _furthest(theirs, ours)
    print(f"{len(texts)} texts, {statistics.median(len(t.split()) for t in texts):.0f} words in the median")
    print(f"Detoxify.predict {per_s['plain']:.2f} texts/s")
    print(f"exact {per_s['exact']:.2f} texts/s, {ratio['exact']:.2f}x; furthest from Detoxify's {worst:.1e}")
    print(
        f"int8  {per_s['int8']:.2f} texts/s, {ratio['int8']:.2f}x; off by {_furthest(theirs, quantised):.3f}"
    )
    for label in PUBLISHED["original"]:
        found, missed, added, least = _decisions([s[label] for s in ours], [s[label] for s in quantised])
        print(f"  {label:<16} at {least:.3f}: {found} exact, int8 misses {missed} and adds {added}")
    met = ratio["exact"] >= _TARGET and worst <= _EQUAL
    print(f"target {_TARGET:.0f}x at scores equal to {_EQUAL:.0e}: {'met' if met else 'MISSED'}")
    return met


def _decisions(exact: list[float], quantised: list[float]) -> tuple[int, int, int, float]:
    """Texts over the threshold by the exact score, missed and added by the quantised one, the threshold."""
    least = sorted(exact)[-max(1, round(len(exact) * _SHARE))]
    over = [(e >= least, q >= least) for e, q in zip(exact, quantised, strict=True)]
    return (
        sum(e for e, _ in over),
        sum(e and not q for e, q in over),
        sum(q and not e for e, q in over),
        least,
    )


def _furthest(one: list[Scores], other: list[Scores]) -> float:
    return max(abs(a[label] - b[label]) for a, b in zip(one, other, strict=True) for label in a)


def _predict(plain: Any, texts: list[str], chunk: int) -> list[Scores]:
    scores: list[Scores] = []
    for start in range(0, len(texts), chunk):
        part = texts[start : start + chunk]
        of_labels = plain.predict(part)
        scores += [{label: of_labels[label][i] for label in of_labels} for i in range(len(part))]
    return scores


def _checkpoint(root: Path, layers: int, hidden: int) -> list[str]:
    """`toxic.ckpt` as Detoxify writes it, with config and tokenizer beside it. Returns the words."""
    library: Any = transformers
    rng = random.Random(1)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    words = sorted({"".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(8000)})
    (root / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    tokenizer = library.BertTokenizerFast(vocab=str(root / "vocab.txt"), model_max_length=512)
    tokenizer.save_pretrained(root)
    torch.manual_seed(5)
    config = library.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=max(1, hidden // 64),
        intermediate_size=4 * hidden,
        num_labels=len(_CLASSES),
    )
    config.save_pretrained(root)
    model = library.BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.mul_(20)
    args = {
        "model_type": str(root),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizerFast",
        "num_classes": len(_CLASSES),
    }
    described = {"arch": {"args": args}, "dataset": {"args": {"classes": _CLASSES}}}
    torch.save({"config": described, "state_dict": model.state_dict()}, root / "toxic.ckpt")
    return words


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=32)
    parser.add_argument("--chunk", type=int, default=16)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=768)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
