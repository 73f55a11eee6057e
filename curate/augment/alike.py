"""How alike two wordings are: the Jaccard similarity of their character 3-grams, case, punctuation and
spacing folded. It tells a copy from a rewording and a rewording from something else altogether; it does not
measure meaning (`curate.augment.senses` does, where a model is there)."""

import re
import unicodedata

_WORD = re.compile(r"\w+")


def similarity(left: str, right: str) -> float:
    """0 to 1; 1.0 for two texts without any letter."""
    a, b = _grams(left), _grams(right)
    return len(a & b) / len(a | b) if a | b else 1.0


def plain(text: str) -> str:
    """The folded text: equal for two texts that say the same in the same words."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _grams(text: str) -> set[str]:
    folded = plain(text)
    return {folded[i : i + 3] for i in range(max(1, len(folded) - 2))} if folded else set()
