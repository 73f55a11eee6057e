"""Where the words of a filter stand in an example."""

import re
from collections.abc import Sequence

from schemas.example import Example

Hit = tuple[int, int, int]  # message, first character, one past the last


def hits_in(example: Example, words: Sequence[str]) -> list[Hit]:
    """In reading order, whatever the case; system prompts are not searched. Hits that overlap stay apart."""
    if not words:
        return []
    patterns = [re.compile(re.escape(word), re.IGNORECASE) for word in words if word]
    found = [
        (index, match.start(), match.end())
        for index, message in enumerate(example.messages)
        if message.role != "system"
        for pattern in patterns
        for match in pattern.finditer(message.content)
    ]
    return sorted(set(found))
