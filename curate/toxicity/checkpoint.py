"""Detoxify's checkpoints, loaded so that they cannot run code.

Detoxify itself unpickles them without limits, and a crafted file then runs what it likes. Here they are
loaded as weights and plain values only, and a file that needs more is refused.
"""

import pickle
from pathlib import Path
from typing import Any
from urllib.error import URLError

from schemas.errors import RecipeError


def download(model: str) -> Path:
    """The published checkpoint of `model` in torch's hub folder, fetched once and checked against the hash
    that its name carries. Raises RecipeError where it cannot be fetched."""
    import torch
    from detoxify.detoxify import MODEL_URLS

    url: str = MODEL_URLS[model]
    target: Path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(url, str(target), hash_prefix=published_hash(model))
    except (URLError, OSError, RuntimeError) as error:
        raise RecipeError(
            f"toxicity: the checkpoint of {model!r} cannot be downloaded ({error})",
            f"fetch {url} and set toxicity.checkpoint, or set toxicity.backend: wordlist",
        ) from error
    return target


def published_hash(model: str) -> str:
    """The first digits of the published file's SHA-256, from its name (`…-c1212f89.ckpt`)."""
    from detoxify.detoxify import MODEL_URLS

    return str(MODEL_URLS[model]).rpartition("-")[2].removesuffix(".ckpt")


def in_folder(folder: Path, config: Path | None) -> tuple[Path, Path | None]:
    """The checkpoint in a folder, and `config` or the folder itself where it has a config.json. Raises
    RecipeError where there is none or more than one."""
    found = sorted(p for p in folder.iterdir() if p.suffix in (".ckpt", ".pt", ".pth"))
    if len(found) != 1:
        what = "no checkpoint" if not found else f"{len(found)} checkpoints"
        raise RecipeError(
            f"toxicity.checkpoint: {folder} holds {what} (.ckpt, .pt or .pth)",
            "name the checkpoint file itself",
        )
    return found[0], config or (folder if (folder / "config.json").is_file() else None)


def load(path: Path) -> dict[str, Any]:
    """`config` and `state_dict` of the checkpoint at `path`. Raises RecipeError for anything else."""
    import torch

    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise RecipeError(
            f"toxicity.checkpoint: {path} holds more than weights and may run code: not loaded",
            "use a published Detoxify checkpoint, or save it again with weights and plain values only",
        ) from error
    except (OSError, RuntimeError, EOFError) as error:
        raise RecipeError(
            f"toxicity.checkpoint: {path} is no checkpoint ({error})", "download it again"
        ) from error
    if not isinstance(loaded, dict) or not {"config", "state_dict"} <= loaded.keys():
        raise RecipeError(
            f"toxicity.checkpoint: {path} is no Detoxify checkpoint: it needs `config` and `state_dict`",
            "use a checkpoint as Detoxify publishes or trains it",
        )
    return loaded
