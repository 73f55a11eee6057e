"""From the recipe's `pii` section to a scanner and an action for each entity type."""

import difflib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from curate.pii import entities, locales, ner, realistic
from curate.pii.finder import Finder
from curate.pii.scanner import Scanner
from schemas.errors import RecipeError
from schemas.recipe import EntityAction, Pii

if TYPE_CHECKING:
    from curate.pii.bulk.sieve import Sieve

TIMEOUT_S = 10.0  # a pattern's time on one chunk; the worst known text takes under a second


def action(settings: Pii, entity: str) -> EntityAction:
    return settings.entities.get(entity, settings.action)


def check(settings: Pii, root: Path) -> None:
    """Raises RecipeError for a locale without recognisers or an entity type that nothing finds with these
    settings, MissingPackage for an NER model that is not installed. Quick where all types are plain ones:
    Presidio is not loaded for it."""
    locales.countries(settings.locales)
    plain = {*entities.PATTERNS, *(entities.SECRETS if settings.secrets else ())}
    for name in sorted(set(settings.entities) - plain):
        if name in entities.SECRETS:
            raise RecipeError(
                f"pii.entities: {name} is a secret, and secrets are off", "set pii.secrets: true"
            )
        if settings.ner is None and name not in _known():
            raise _unknown(name)
    if settings.ner is not None:
        ner.locate(settings.ner, root)


def make_scanner(settings: Pii, root: Path, timeout_s: float = TIMEOUT_S, gated: bool = True) -> Scanner:
    """The scanner of these settings, made once per process. `root` is the recipe's folder.

    Raises RecipeError and MissingPackage as `check` and the NER model's loader do.
    """
    return _make(settings.model_dump_json(), root, timeout_s, gated)


def make_sieve(settings: Pii, root: Path, timeout_s: float = TIMEOUT_S) -> "Sieve":
    """As `make_scanner`, for many rows."""
    return _sieve(make_scanner(settings, root, timeout_s))


@lru_cache(maxsize=4)
def _sieve(scanner: Scanner) -> "Sieve":
    from curate.pii.bulk.sieve import Sieve

    return Sieve(scanner)


@lru_cache(maxsize=4)
def _make(settings_json: str, root: Path, timeout_s: float, gated: bool) -> Scanner:
    settings = Pii.model_validate_json(settings_json)
    check(settings, root)
    if settings.ner is not None:
        ner.load(settings.ner, root)  # spaCy with torch, which Presidio's import leaves out
    from curate.pii.phones import PhoneFinder
    from curate.pii.presidio import presidio_finders

    countries = locales.countries(settings.locales)
    ignored = frozenset(name for name, action in settings.entities.items() if action == "ignore")
    wanted = {*entities.PATTERNS, *settings.entities, *_national(countries)} - ignored
    finders: list[Finder] = [*presidio_finders(wanted, timeout_s)]
    if "PHONE_NUMBER" in wanted:
        finders.append(PhoneFinder(locales.regions(countries)))
    if settings.secrets:
        from curate.pii.secrets import secret_finders

        finders += secret_finders()
    if settings.ner is not None:
        named = frozenset({*entities.NER, *settings.entities}) - ignored
        finders.append(ner.NerFinder(settings.ner, root, named))
    ours = realistic.is_reserved if settings.style == "realistic" else None
    return Scanner(finders, gated, ignored, ours)


def _national(countries: Iterable[str]) -> set[str]:
    if not countries:
        return set()
    from curate.pii.recognisers import national_entities

    return {entity for country in countries for entity in national_entities(country)}


def _known() -> set[str]:
    from curate.pii.recognisers import known_entities

    return {*entities.PATTERNS, *entities.SECRETS, *known_entities()}


def _unknown(name: str) -> RecipeError:
    if name in (*entities.NER, "ORGANIZATION"):
        return RecipeError(
            f"pii.entities: {name} is found by a spaCy model, and pii.ner names none",
            "python -m spacy download en_core_web_sm, then set pii.ner: en_core_web_sm",
        )
    nearest = difflib.get_close_matches(name.upper(), _known(), n=1, cutoff=0.5)
    mend = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(sorted(_known()))}"
    return RecipeError(f"pii.entities: {name} is no entity type", mend)
