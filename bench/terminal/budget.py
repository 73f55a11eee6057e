"""Where the bytes of paints go: text, colours, ways to the next place, erasures."""

import re
from collections import Counter
from collections.abc import Sequence

_SEQUENCE = re.compile(rb"\x1b\[[\d;?]*([A-Za-z])|\x1b[A-Z]|\r")
_KINDS = {b"m": "colours", b"K": "erasures", b"X": "erasures", b"h": "modes", b"l": "modes"}


def budget(paints: Sequence[bytes]) -> str:
    """Bytes of each kind, a paint."""
    total: Counter[str] = Counter()
    for sent in paints:
        for found in _SEQUENCE.finditer(sent):
            total[_KINDS.get(found[1] or b"", "ways")] += len(found[0])
        total["text"] += len(_SEQUENCE.sub(b"", sent))
    return ", ".join(f"{size / len(paints):.0f} {kind}" for kind, size in total.most_common())
