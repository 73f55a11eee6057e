"""What reviewers said of found values: personal data after all, or none.

The journal holds no value, only a digest of its normal form with a salt that the journal's first such word
drew. That keeps values out of sight and out of exports; it is no lock: short values, such as telephone
numbers, can be found again by trying all of them.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from curate.pii.surrogates import normal_form
from curate.statements import ANYWHERE, About
from schemas.recipe import Pii

_SALT_BYTES = 16
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Word:
    """What counts for a value, and who said it."""

    personal: bool
    by: str


class Said:
    """`values` as `curate.statements.Stated` has them. A word on one example comes before one on all."""

    def __init__(self, values: Mapping[About, tuple[bool, str]] | None = None) -> None:
        self._values = dict(values or {})
        self._salts = sorted({salt for _, _, salt, _ in self._values})

    def of(self, example_id: str, entity: str, value: str, key: str | None = None) -> Word | None:
        """What was said of a value found in an example; `key` is its normal form where the finder has one."""
        if not self._values:
            return None
        normal = key or normal_form(entity, value)
        for place in (example_id, ANYWHERE):
            words = [
                self._values[about]
                for salt in self._salts
                if (about := (place, entity, salt, digest(salt, entity, normal))) in self._values
            ]
            if words:
                return Word(*max(words))
        return None


def new_salt() -> str:
    return secrets.token_hex(_SALT_BYTES)


def digest(salt: str, entity: str, normal: str) -> str:
    """Of a value's normal form (`curate.pii.surrogates.normal_form`)."""
    text = f"{entity}\0{normal}".encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=_DIGEST_BYTES, salt=bytes.fromhex(salt)).hexdigest()


def digest_at(text: str, start: int, end: int, entity: str, salt: str, settings: Pii, root: Path) -> str:
    """The digest of what stands at `text[start:end]`, whose type is `entity`, in the normal form that the
    stage gives it. Loads the recognisers."""
    from curate.pii.engine import make_scanner

    findings = make_scanner(settings, root).scan(text).findings
    keys = (f.key for f in findings if (f.start, f.end, f.entity) == (start, end, entity))
    return digest(salt, entity, next(keys, None) or normal_form(entity, text[start:end]))
