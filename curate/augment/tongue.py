"""Which language a text is in, by py3langid, and what that language is called in a prompt."""

from functools import lru_cache

from curate.quality.language import LEAST_LETTERS, SURE, identifier
from curate.quality.text import prose

NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish",
    "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "ta": "Tamil", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
# Languages so close that the identifier takes a short text of one for the other.
_CLOSE = (
    {"hr", "sr", "sl"},
    {"da", "no", "sv"},
    {"id", "ms"},
    {"cs", "sk"},
    {"hi", "ur"},
    {"bg", "sr", "ru"},
)


@lru_cache(maxsize=4096)
def tongue(text: str) -> str | None:
    """An ISO 639-1 code, or None where the text is too short or the identifier not sure."""
    said = prose(text)
    if sum(map(str.isalpha, said)) < LEAST_LETTERS:
        return None
    code, probability = identifier(()).classify(said)
    return str(code) if probability >= SURE else None


def foreign(old: str, new: str) -> str | None:
    """The language of the new text where it is surely another than the old one's."""
    before, after = tongue(old), tongue(new)
    if before is None or after is None or before == after:
        return None
    return None if any({before, after} <= group for group in _CLOSE) else after
