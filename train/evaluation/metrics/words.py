"""The tokens of a text, for metrics that count them; scripts that put no spaces between words included.

A character of Chinese, Japanese, Thai, Lao, Khmer or Burmese is a token, as MLQA's evaluation has it for
Chinese (Lewis et al. 2020): no word segmenter decides what is right. Korean has spaces.
"""

import string
import unicodedata

import regex

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# A base letter and the marks on it are one character.
_CHARACTER = regex.compile(rf"[{_UNSPACED}]\p{{M}}*")
_WORD = regex.compile(
    rf"[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{N}}]--[{_UNSPACED}]][[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]*",
    regex.V1,
)
_ARTICLES = regex.compile(r"\b(a|an|the)\b")
_ASCII_PUNCTUATION = frozenset(string.punctuation)


def words(text: str) -> list[str]:
    """Runs of letters and digits, lower case: of ASCII text what rouge-score's own tokenizer gives, which
    drops every other letter."""
    found: list[str] = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    return found


def squad_normalised(text: str) -> str:
    """Lower case, no punctuation, no English articles, single spaces: `normalize_answer` of SQuAD's
    evaluation script (Rajpurkar et al. 2016). Punctuation is Unicode's too, as in MLQA's."""
    lowered = unicodedata.normalize("NFC", text).lower()
    kept = "".join(c for c in lowered if not _is_punctuation(c))
    return " ".join(_ARTICLES.sub(" ", kept).split())


def squad_tokens(text: str) -> list[str]:
    """What token F1 counts."""
    return str(_CHARACTER.sub(r" \g<0> ", squad_normalised(text))).split()


def mostly_unspaced(texts: list[str]) -> bool:
    """Whether more than half of the letters are of scripts without spaces."""
    whole = "".join(texts)
    letters = sum(c.isalpha() for c in whole)
    return 2 * len(_CHARACTER.findall(whole)) > letters > 0


def _is_punctuation(character: str) -> bool:
    return character in _ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")
