"""What goes into a build, as one hash: the same inputs make the same dataset version.

The recipe's data part, the sources' bytes, and the key of every step: its version and settings, the verdicts
in force, the files that it reads, the packages whose rules decide. Not the workspace's place, nor
gates, nor training.
"""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from curate.file_hash import sha256_of
from schemas.decision import Ruling
from schemas.recipe import Recipe

# What decides how fast and for how much an LLM answers, and not what.
TRAFFIC = {
    "max_usd", "concurrency", "requests_per_minute", "tokens_per_minute", "usd_per_million_input",
    "usd_per_million_output", "prompts", "batch",
}  # fmt: skip


def data_part(recipe: Recipe) -> dict[str, object]:
    """The recipe without what a dataset version does not depend on."""
    left_out: dict[str, Any] = {
        "workspace": True,
        "journal": True,
        "checks": True,
        "train": True,
        "eval": True,
        "sweep": True,
        "card": True,
        "review": True,
        "augment": TRAFFIC,
        "judge": TRAFFIC,
    }
    return recipe.model_dump(mode="json", exclude=left_out)


def files_named(names: Iterable[str | None], root: Path) -> list[Path]:
    """The files that settings name, those of a folder included. What is no file here, such as a package's
    name, is known by its version."""
    paths = [root / Path(name).expanduser() for name in names if name]
    inside = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return [file for file in inside if file.is_file()]


def hashes(files: Iterable[Path]) -> list[list[str]]:
    return sorted([file.name, sha256_of(file)] for file in files)


def ruling_facts(ruling: Ruling) -> list[object]:
    return [
        [d.example_id, d.annotator, d.verdict, [m.to_dict() for m in d.messages or ()]]
        for d in ruling.decisions
    ]


def versions_of(packages: Iterable[str]) -> dict[str, str | None]:
    return {package: _version(package) for package in packages}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
