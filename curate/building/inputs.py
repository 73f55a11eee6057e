"""What goes into a build, as one hash: the same inputs make the same dataset version.

The recipe's data part, the sources' bytes, the verdicts in force, every file that a stage reads, the
versions of the stages and of the packages whose rules decide. Not the workspace's place, nor training.
"""

import hashlib
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from curate.version import sha256_of
from schemas.canonical import to_json
from schemas.decision import Ruling
from schemas.manifest import SourceCount
from schemas.recipe import Recipe
from schemas.stage import Stage

_DECIDING_PACKAGES = (
    "better-profanity",
    "datasketch",
    "detect-secrets",
    "detoxify",
    "phonenumbers",
    "presidio-analyzer",
    "py3langid",
    "spacy",
)


def data_part(recipe: Recipe) -> dict[str, object]:
    """The recipe without what a dataset version does not depend on."""
    return recipe.model_dump(mode="json", exclude={"workspace", "train"})


def inputs_sha256(
    recipe: Recipe,
    root: Path,
    sources: Iterable[SourceCount],
    rulings: Mapping[str, Ruling],
    stages: Iterable[Stage],
) -> str:
    inputs = {
        "recipe": data_part(recipe),
        "sources": [[s.path, s.sha256] for s in sources],
        "rulings": [_ruling(rulings[example_id]) for example_id in sorted(rulings)],
        "files": sorted([file.name, sha256_of(file)] for file in _files_read(recipe, root)),
        "stages": [[s.name, s.version] for s in stages],
        "packages": {name: _version(name) for name in _DECIDING_PACKAGES},
    }
    return hashlib.sha256(to_json(inputs).encode("utf-8", "surrogatepass")).hexdigest()


def _files_read(recipe: Recipe, root: Path) -> list[Path]:
    """Files that stages read beside the sources; what the recipe names elsewhere is known by its package."""
    named: list[str | None] = list(recipe.decontaminate.benchmarks) if recipe.decontaminate else []
    if recipe.pii:
        named.append(recipe.pii.ner)
    if recipe.toxicity:
        named += [recipe.toxicity.checkpoint, recipe.toxicity.config]
    if recipe.quality:
        named += [f"{check.rpartition('.')[0].replace('.', '/')}.py" for check in recipe.quality.checks]
    paths = [root / name for name in named if name]
    inside = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return [file for file in inside if file.is_file()]


def _ruling(ruling: Ruling) -> list[object]:
    return [
        [d.example_id, d.annotator, d.verdict, [m.to_dict() for m in d.messages or ()]]
        for d in ruling.decisions
    ]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
