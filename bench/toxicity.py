"""Toxicity: our scorer against plain `Detoxify.predict` in chunks, and what its quick modes lose.

    python -m bench.toxicity [--texts 32] [--chunk 16] [--layers 12] [--hidden 768] [--held-out 3000]

Speed: a checkpoint of the shape of bert-base with random weights; speed and equality of scores are those of a
trained one. The head is scaled so that scores spread over 0 to 1. Lengths of texts are log-normal, 5 to 500
words, median about 60. Rounds alternate; ratios are medians over them. No text goes over the model's window,
where Detoxify cuts. A cascade's speed hangs on the share of texts that it must score twice: its head is
shifted so that one text in twenty is doubtful.

Loss of recall: random weights know no toxicity, so a small model is trained here (`bench.toxic`), once, and
kept in the temporary folder. Its loss is its own; a deeper model may lose more.
"""

import argparse
import math
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from detoxify import Detoxify

from bench.toxic.language import CLASSES
from bench.toxic.recall import report
from bench.toxic.training import Shape, write_checkpoint
from curate.toxicity.cascade import CLEAN, CascadeScorer
from curate.toxicity.detoxify_scorer import DetoxifyScorer
from curate.toxicity.scorer import Scores

_TARGET, _EQUAL = 2.0, 1e-4
_DOUBTFUL = 0.05  # of the texts in the cascade's timing


def main() -> int:
    options = _options()
    logging: Any = transformers.utils.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    met = _speed(options)
    if options.held_out:
        report(options.held_out, Shape())
    return int(not met)


def _speed(options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder, shifted = Path(name) / "spread", Path(name) / "shifted"
        words = _checkpoint(folder, options.layers, options.hidden)
        rng = random.Random(3)
        texts = [
            " ".join(rng.choices(words, k=min(500, max(5, int(rng.lognormvariate(4.1, 0.9))))))
            for _ in range(options.texts)
        ]
        plain = Detoxify(checkpoint=str(folder / "toxic.ckpt"), huggingface_config_path=str(folder))
        exact = DetoxifyScorer("original", folder, None)
        int8 = DetoxifyScorer("original", folder, None, "int8")
        _shift(folder, shifted, texts)
        cascade = CascadeScorer(
            DetoxifyScorer("original", shifted, None, "int8"), DetoxifyScorer("original", shifted, None)
        )
        runs: dict[str, Callable[[list[str]], list[Scores]]] = {
            "plain": lambda given: _predict(plain, given, options.chunk),
            "exact": exact,
            "int8": int8,
            "cascade": cascade,
        }
        seconds: dict[str, list[float]] = {mode: [] for mode in runs}
        scores: dict[str, list[Scores]] = {}
        for _ in range(options.rounds):
            for mode, run in runs.items():
                run(texts if mode == "cascade" else texts[:2])  # loads what another has put away
                began = time.perf_counter()
                scores[mode] = run(texts)
                seconds[mode].append(time.perf_counter() - began)
    return _report_speed(texts, seconds, scores)


def _report_speed(texts: list[str], seconds: dict[str, list[float]], scores: dict[str, list[Scores]]) -> bool:
    per_s = {mode: len(texts) / statistics.median(values) for mode, values in seconds.items()}
    ratio = {
        mode: statistics.median(p / t for p, t in zip(seconds["plain"], seconds[mode], strict=True))
        for mode in seconds
    }
    worst = _furthest(scores["plain"], scores["exact"])
    off = _furthest(scores["plain"], scores["int8"])
    doubtful = sum(max(each.values()) >= CLEAN for each in scores["cascade"])
    print(f"{len(texts)} texts, {statistics.median(len(t.split()) for t in texts):.0f} words in the median")
    print(f"Detoxify.predict {per_s['plain']:.2f} texts/s")
    print(
        f"exact   {per_s['exact']:.2f} texts/s, {ratio['exact']:.2f}x; furthest from Detoxify's {worst:.1e}"
    )
    print(f"int8    {per_s['int8']:.2f} texts/s, {ratio['int8']:.2f}x; off by {off:.3f} at most")
    print(f"cascade {per_s['cascade']:.2f} texts/s, {ratio['cascade']:.2f}x; {doubtful} texts scored twice")
    met = ratio["exact"] >= _TARGET and worst <= _EQUAL
    print(f"target {_TARGET:.0f}x at scores equal to {_EQUAL:.0e}: {'met' if met else 'MISSED'}")
    return met


def _furthest(one: list[Scores], other: list[Scores]) -> float:
    return max(abs(a[label] - b[label]) for a, b in zip(one, other, strict=True) for label in a)


def _predict(plain: Any, texts: list[str], chunk: int) -> list[Scores]:
    scores: list[Scores] = []
    for start in range(0, len(texts), chunk):
        part = texts[start : start + chunk]
        of_labels = plain.predict(part)
        scores += [{label: of_labels[label][i] for label in of_labels} for i in range(len(part))]
    return scores


def _checkpoint(folder: Path, layers: int, hidden: int) -> list[str]:
    """A checkpoint of random weights as Detoxify writes it. Returns the words that its tokenizer knows."""
    folder.mkdir()
    library: Any = transformers
    rng = random.Random(1)
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    words = sorted({"".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(8000)})
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    tokenizer = library.BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=512)
    torch.manual_seed(5)
    config = library.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=max(1, hidden // 64),
        intermediate_size=4 * hidden,
        num_labels=len(CLASSES),
    )
    model = library.BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.mul_(20)
    write_checkpoint(folder, model, tokenizer)
    return words


def _shift(folder: Path, shifted: Path, texts: list[str]) -> None:
    """The checkpoint with biases under which one label is at CLEAN or above in _DOUBTFUL of these texts, and
    the others nowhere."""
    shutil.copytree(folder, shifted)
    library: Any = transformers
    loaded = torch.load(shifted / "toxic.ckpt", weights_only=True)
    model = library.BertForSequenceClassification(library.BertConfig.from_pretrained(folder)).eval()
    model.load_state_dict(loaded["state_dict"])
    tokenizer = library.BertTokenizerFast.from_pretrained(folder)
    with torch.inference_mode():
        logits = [model(**tokenizer(text, return_tensors="pt")).logits[0, 0].item() for text in texts]
    bias = loaded["state_dict"]["classifier.bias"]
    bias[0] += math.log(CLEAN / (1 - CLEAN)) - sorted(logits)[-max(1, round(len(logits) * _DOUBTFUL))]
    bias[1:] -= 1000.0
    torch.save(loaded, shifted / "toxic.ckpt")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=32)
    parser.add_argument("--chunk", type=int, default=16)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=768)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--held-out", type=int, default=3000, help="0 leaves the trained model out")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
