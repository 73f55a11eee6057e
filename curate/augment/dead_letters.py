"""Children that could not be made, in a file that a user can read: which parent, what was asked, why not.

One JSON object a line, in the order of the rows. The file is that of the last build that augmented; it goes
when there is nothing to tell.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from curate import atomic
from schemas.canonical import to_json

FILE = "dead-letters.jsonl"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`request` is the key of the last request in the cache of answers; `answer` the last answer, None where
    none came. `reason` is the gate, or `failed` or `rejected`."""

    parent_id: str
    source: str
    line: int
    strategy: str
    sample: int
    prompt: str
    reason: str
    words: str
    request: str
    answer: str | None


def write(path: Path, letters: Sequence[DeadLetter]) -> None:
    if letters:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(path, "".join(f"{to_json(asdict(letter))}\n" for letter in letters))
    else:
        path.unlink(missing_ok=True)
