"""Detoxify's models as a scorer: the whole of a text, in batches of bounded size.

A text longer than the model's window is scored in windows that overlap, and its score for a label is the
highest of them. Windows go through the model sorted by length, so many tokens at once as the device likes.
Scores are rounded to four decimals: batches of other shapes differ in the seventh.

On a CPU the linear layers keep their weights in oneDNN's layout, which gives the same scores faster. With
`mode: int8` they are quantised dynamically, weights and activations to eight bits, and windows go one by one:
the scale of the activations is a batch's own, so that a text's scores would hang on its neighbours.
"""

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from curate.file_hash import sha256_of
from curate.toxicity import checkpoint as checkpoints
from curate.toxicity import layers
from curate.toxicity.scorer import Scores
from schemas.errors import MissingPackage, RecipeError

BATCH_TOKENS = 4096
CPU_BATCH_TOKENS = 512  # what lies between two layers stays in its cache: 1.5 times as fast as 4096
OVERLAP_TOKENS = 64
DECIMALS = 4

_LABELS = {"toxic": "toxicity", "identity_hate": "identity_attack", "severe_toxic": "severe_toxicity"}
"""Detoxify's own renaming, so that labels mean the same for each of its models."""

_ORIGINAL = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
_UNBIASED = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "sexual_explicit",
)
PUBLISHED = {
    "original": _ORIGINAL,
    "original-small": _ORIGINAL,
    "unbiased": _UNBIASED,
    "unbiased-small": _UNBIASED,
    "multilingual": _UNBIASED,
}
"""The labels of the published models, so that a recipe is checked before any download."""


class DetoxifyScorer:
    """`checkpoint` is a file, or a folder with one and perhaps its config.json and tokenizer, or None for the
    published one; `config` is a folder with those two, or None for the model hub. Pickles as these; weights
    load at first use, once per process. Raises MissingPackage and RecipeError when made, where something is
    plainly not there."""

    def __init__(self, model: str, checkpoint: Path | None, config: Path | None, mode: str = "exact") -> None:
        for package in ("detoxify", "torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                raise MissingPackage.of(package, "toxicity", "toxicity.backend: detoxify")
        if checkpoint is not None and checkpoint.is_dir():
            checkpoint, config = checkpoints.in_folder(checkpoint, config)
        if checkpoint is not None and not checkpoint.is_file():
            raise RecipeError(
                f"toxicity.checkpoint: {checkpoint} is no file", "mend the path, or leave it out"
            )
        if config is not None and not (config / "config.json").is_file():
            raise RecipeError(
                f"toxicity.config: {config} has no config.json",
                "name a folder with config.json and the tokenizer's files",
            )
        self._model = model
        self._checkpoint = checkpoint
        self._config = config
        self._mode = mode

    @cached_property
    def labels(self) -> tuple[str, ...]:
        if self._checkpoint is None:
            return PUBLISHED[self._model]
        return tuple(_labels(checkpoints.load(self._checkpoint)))

    @cached_property
    def identity(self) -> str:
        version = importlib.metadata.version("detoxify")
        weights = sha256_of(self._checkpoint) if self._checkpoint else checkpoints.published_hash(self._model)
        mode = "" if self._mode == "exact" else f" {self._mode}"
        return f"detoxify {version} {weights} {_folder_hash(self._config) if self._config else 'hub'}{mode}"

    def __call__(self, texts: Sequence[str]) -> list[Scores]:
        loaded = _load(self._model, self._checkpoint, self._config, self._mode)
        windows = [(i, ids) for i, text in enumerate(texts) for ids in loaded.windows(text)]
        results: list[Scores] = [dict.fromkeys(loaded.labels, 0.0) for _ in texts]
        windows.sort(key=lambda window: (len(window[1]), window[0]))
        for batch in _batches(windows, loaded.batch_tokens):
            for (i, _), row in zip(batch, loaded.score([ids for _, ids in batch]), strict=True):
                for label, score in zip(loaded.labels, row, strict=True):
                    results[i][label] = max(results[i][label], round(score, DECIMALS))
        return results


class _Loaded:
    """A model, its tokenizer and its labels."""

    def __init__(self, model: Any, tokenizer: Any, labels: list[str], mode: str) -> None:
        import torch

        self.labels = labels
        int8 = mode == "int8"
        self._device = torch.device("cuda" if torch.cuda.is_available() and not int8 else "cpu")
        on_device = BATCH_TOKENS if self._device.type == "cuda" else CPU_BATCH_TOKENS
        self.batch_tokens = 1 if int8 else on_device
        self._model = model.to(self._device).eval()
        if int8:
            self._model = layers.quantised(self._model)
        elif self._device.type == "cpu":
            layers.pack(self._model)
        self._tokenizer = tokenizer
        limit = getattr(model.config, "max_position_embeddings", 512)
        self._limit = min(tokenizer.model_max_length, limit, 512)

    def windows(self, text: str) -> list[list[int]]:
        """Token ids of the text with the model's special tokens, cut into overlapping windows."""
        encoded = self._tokenizer(
            text,
            truncation=True,
            max_length=self._limit,
            stride=min(OVERLAP_TOKENS, self._limit // 4),
            return_overflowing_tokens=True,
        )
        return list(encoded["input_ids"])

    def score(self, windows: list[list[int]]) -> list[list[float]]:
        """One row of scores per window, in the order of `labels`."""
        import torch

        batch = self._tokenizer.pad({"input_ids": windows}, return_tensors="pt").to(self._device)
        with torch.inference_mode():
            logits = self._model(**batch).logits
        scores: list[list[float]] = torch.sigmoid(logits.float()).cpu().tolist()
        return [row[: len(self.labels)] for row in scores]


@lru_cache(maxsize=2)  # a cascade has two
def _load(model: str, checkpoint: Path | None, config: Path | None, mode: str) -> _Loaded:
    """By Detoxify's own loader, which gets weights that are already read."""
    from detoxify.detoxify import get_model_and_tokenizer

    path = checkpoint or checkpoints.download(model)
    loaded = checkpoints.load(path)
    architecture = dict(loaded["config"]["arch"]["args"])
    if config is not None:
        architecture["model_type"] = str(config)
    try:
        network, tokenizer = get_model_and_tokenizer(**architecture, state_dict=dict(loaded["state_dict"]))
    except (OSError, ValueError, RuntimeError, AttributeError) as error:
        raise RecipeError(
            f"toxicity: the architecture {architecture['model_type']!r} does not load ({error})",
            "set toxicity.config to a folder with its config.json and tokenizer",
        ) from error
    absent = {name for name in network.state_dict() if not name.endswith("_ids")} - loaded[
        "state_dict"
    ].keys()
    if absent:
        raise RecipeError(
            f"toxicity.checkpoint: {path} lacks {len(absent)} weights of the model, such as {min(absent)!r}",
            "use the config that the checkpoint was trained with",
        )
    return _Loaded(network, tokenizer, _labels(loaded), mode)


def _labels(loaded: dict[str, Any]) -> list[str]:
    return [_LABELS.get(name, name) for name in loaded["config"]["dataset"]["args"]["classes"]]


def _batches(
    windows: Sequence[tuple[int, list[int]]], batch_tokens: int
) -> Iterator[Sequence[tuple[int, list[int]]]]:
    """Cut where padding to the longest would go over batch_tokens; the windows come sorted by length."""
    start = 0
    for end in range(1, len(windows) + 1):
        if end == len(windows) or (end - start + 1) * len(windows[end][1]) > batch_tokens:
            yield windows[start:end]
            start = end


def _folder_hash(folder: Path) -> str:
    files = sorted(p for p in folder.iterdir() if p.suffix in (".json", ".txt", ".model"))
    lines = "".join(f"{p.name} {sha256_of(p)}\n" for p in files)
    return hashlib.sha256(lines.encode()).hexdigest()
