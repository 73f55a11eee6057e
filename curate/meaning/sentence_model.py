"""Any sentence-transformers model, by its name on the hub or its folder, as an Embedder."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.file_hash import sha256_of
from curate.meaning.embedding import Embedder
from schemas.errors import MissingPackage, RecipeError

_PACKAGE = "sentence_transformers"
_NOT_NEEDED = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.gguf", "*.pdf", "*.png"]
_BATCH = 64  # texts; the library sorts them by length


def make_embedder(model: str, root: Path) -> Embedder:
    """`model` is a folder, `root` being the recipe's, or a name on the hub, downloaded once. It is loaded
    when the first text comes. Raises MissingPackage; RecipeError where there is no such model."""
    if find_spec(_PACKAGE) is None:
        raise MissingPackage.of("sentence-transformers", "semantic", "dedup.semantic")
    folder = root / Path(model).expanduser()
    if not folder.is_dir():
        folder = _downloaded(model)

    @lru_cache(maxsize=1)
    def loaded() -> Any:
        return _loaded(model, folder)

    def encode(texts: Sequence[str]) -> npt.NDArray[np.float32]:
        found = loaded().encode(
            list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(found, dtype=np.float32)

    return Embedder(_key(folder), encode)


def _downloaded(model: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, ignore_patterns=_NOT_NEEDED))
    except (OSError, ValueError) as error:  # what the hub's client raises for all that can go wrong
        reason = str(error).strip().partition("\n")[0]
        raise RecipeError(
            f"dedup.semantic.model: {model!r} is no folder here, and the hub gives no such model ({reason})",
            "name the folder of a sentence-transformers model, or look up its name on the hub",
        ) from error


def _loaded(model: str, folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    quiet: Callable[[], None] = logging.disable_progress_bar
    quiet()
    try:
        return SentenceTransformer(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise RecipeError(
            f"dedup.semantic.model: {model!r} cannot be loaded ({reason})",
            "name a model that sentence-transformers reads without code of its own",
        ) from error


def _key(folder: Path) -> str:
    """A hash of the files of the model."""
    whole = hashlib.sha256()
    for name, file in sorted(_files(folder)):
        whole.update(f"{name}\0".encode("utf-8", "surrogateescape"))
        whole.update(bytes.fromhex(sha256_of(file)))
    return whole.hexdigest()[:20]


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file
