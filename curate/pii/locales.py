"""Locales: which countries' entity types a recipe's `pii.locales` asks for.

A locale is a country (`us`, `de`), a language, which means every country that Presidio has recognisers of in
that language (`en`), or both (`en-GB`, `de_DE`), which means the country.
"""

import difflib
from collections.abc import Iterable

from schemas.errors import RecipeError

LANGUAGES = {
    "au": "en",
    "ca": "en",
    "de": "de",
    "es": "es",
    "fi": "fi",
    "in": "en",
    "it": "it",
    "kr": "ko",
    "ng": "en",
    "ph": "en",
    "pl": "pl",
    "se": "sv",
    "sg": "en",
    "th": "th",
    "tr": "tr",
    "uk": "en",
    "us": "en",
    "za": "en",
}
"""The countries that Presidio has recognisers of, by the codes in its entity types, and their language."""

_SAME = {"gb": "uk"}


def countries(locales: Iterable[str]) -> tuple[str, ...]:
    """The countries meant, sorted. Raises RecipeError for a locale that no recogniser is of."""
    return tuple(sorted({country for locale in locales for country in _countries(locale)}))


def regions(countries: Iterable[str]) -> tuple[str, ...]:
    """ISO 3166 codes, as libphonenumber has them."""
    return tuple({"uk": "GB"}.get(country, country.upper()) for country in countries)


def _countries(locale: str) -> list[str]:
    language, _, region = locale.strip().lower().replace("_", "-").partition("-")
    country = _SAME.get(region or language, region or language)
    if country in LANGUAGES:
        return [country]
    spoken = [c for c, spoken_there in LANGUAGES.items() if spoken_there == language]
    if region or not spoken:
        raise _unknown(locale)
    return spoken


def _unknown(locale: str) -> RecipeError:
    written = locale.strip().lower().replace("_", "-")
    known = sorted({*LANGUAGES, *LANGUAGES.values(), *_SAME, *_written_out()})
    same_language = [name for name in known if name.partition("-")[0] == written.partition("-")[0]]
    nearest = difflib.get_close_matches(written, same_language or known, n=1, cutoff=0.4)
    short = ", ".join(sorted({*LANGUAGES, *LANGUAGES.values()}))
    mend = f"did you mean {_cased(nearest[0])}? Known: {short}" if nearest else f"known: {short}"
    return RecipeError(f"pii.locales: nothing finds personal numbers of {locale!r}", mend)


def _written_out() -> set[str]:
    return {f"{language}-{'gb' if country == 'uk' else country}" for country, language in LANGUAGES.items()}


def _cased(locale: str) -> str:
    language, dash, region = locale.partition("-")
    return language + dash + region.upper()
