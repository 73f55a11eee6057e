"""Names, places and groups by a spaCy model, when the recipe names one under `pii.ner`."""

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from curate.pii.finding import Finding
from curate.pii.look import shape
from schemas.errors import MissingPackage, RecipeError

SCORE = 0.85  # Presidio's: spaCy gives no confidence of its own


class NerFinder:
    """The entities of `wanted` types; the model's labels are named as Presidio names them."""

    name = "SpacyRecognizer"
    gates = (shape(r"[^\W\d_]"),)
    chunked = True

    def __init__(self, model: str, root: Path, wanted: frozenset[str]) -> None:
        self._nlp = load(model, root)
        self._names = _names()
        self._wanted = wanted

    def find(self, text: str) -> Iterator[Finding]:
        for span in self._nlp(text).ents:
            entity = self._names.get(span.label_, span.label_)
            if entity in self._wanted:
                yield Finding(entity, span.start_char, span.end_char, SCORE, self.name)


def locate(model: str, root: Path) -> str | Path:
    """An installed package's name, or a folder relative to `root`. Nothing is downloaded."""
    folder = root / model
    if folder.is_dir():
        return folder
    if model.isidentifier() and importlib.util.find_spec(model) is not None:
        return model
    raise MissingPackage(
        f"pii.ner: no spaCy model {model!r} is installed, and there is no folder of that name",
        f"python -m spacy download {model}",
    )


@lru_cache(maxsize=2)
def load(model: str, root: Path) -> Any:
    """The spaCy pipeline that `locate` finds. Raises RecipeError for what is no pipeline, or one that
    recognises no entities."""
    import spacy

    try:
        nlp = spacy.load(locate(model, root))
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"pii.ner: {model!r} does not load as a spaCy pipeline ({error})",
            "name a model made by this version of spaCy",
        ) from error
    if not {"ner", "entity_ruler", "span_ruler"} & set(nlp.pipe_names):
        raise RecipeError(
            f"pii.ner: {model!r} has no component that recognises entities",
            "name a model with `ner`, such as en_core_web_sm",
        )
    return nlp


def _names() -> dict[str, str]:
    from curate.pii.analyzer import NerModelConfiguration

    return dict(NerModelConfiguration().model_to_presidio_entity_mapping or {})
