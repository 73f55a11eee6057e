"""language: the answers are in none of the recipe's `languages` (ISO 639-1 codes), by py3langid.

Short text deceives every identifier: under LEAST_LETTERS letters, or under a probability of SURE, nothing is
said. Code is left out. The identifier chooses among COMMON languages and those of the recipe: among all of
its hundred it takes product names for Luxembourgish.
"""

from functools import lru_cache
from importlib.metadata import version
from typing import Any

from curate.quality.text import prose
from curate.quality.verdict import Verdict
from schemas.errors import RecipeError
from schemas.example import Example
from schemas.recipe import Quality

LEAST_LETTERS = 20
SURE = 0.9
COMMON = (
    "ar bg bn cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv "
    "ta th tr uk ur vi zh"
)


def language(example: Example, settings: Quality) -> Verdict | None:
    if not settings.languages:
        return None
    text = prose(example.answer)
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    code, probability = identifier(settings.languages).classify(text)
    if code in settings.languages or probability < SURE:
        return None
    return Verdict(f"language:{code}", score=round(float(probability), 4), threshold=SURE)


def facts(settings: Quality) -> object:
    """All that what the rule says of an example depends on."""
    return [*sorted(settings.languages), version("py3langid")]


@lru_cache(maxsize=4)
def identifier(languages: tuple[str, ...]) -> Any:
    """Raises RecipeError for a code that py3langid does not know."""
    from curate.quality.identifier import Identifier

    made = Identifier.loaded()
    unknown = sorted(set(languages) - set(made.labels))
    if unknown:
        raise RecipeError(
            f"quality.languages: {', '.join(unknown)} is no language that py3langid knows",
            f"use ISO 639-1 codes: {', '.join(sorted(map(str, made.labels)))}",
        )
    made.set_languages(sorted({*COMMON.split(), *languages}))
    return made
