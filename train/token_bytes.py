"""The bytes that each token id stands for, by a `tokenizer.json` of the `tokenizers` library.

Two spellings are known: byte-level BPE (GPT-2, Llama 3, Qwen), whose letters each stand for a byte, and that
of SentencePiece (Llama 2, Mistral, Gemma), where ▁ is a space and <0x0A> a byte. Added tokens are spelt as
they are.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BYTE = re.compile("<0x([0-9A-F]{2})>")


class TokenBytes:
    def __init__(self, tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer
        self._added = {i: t.content.encode() for i, t in tokenizer.get_added_tokens_decoder().items()}
        self._byte_level = "ByteLevel" in repr(tokenizer.decoder)
        self._known: dict[int, bytes] = {}

    @classmethod
    def load(cls, path: Path) -> "TokenBytes":
        """Raises ValueError, saying what is missing."""
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise ValueError("the package 'tokenizers' is not installed: pip install tokenizers") from None
        if not path.is_file():
            raise ValueError("the run saved no tokenizer.json beside its adapter")
        try:
            return cls(Tokenizer.from_file(str(path)))
        except Exception as error:  # noqa: BLE001 (the library raises nothing narrower)
            raise ValueError(f"its tokenizer.json cannot be read ({error})") from None

    def of(self, ids: Iterable[int]) -> list[bytes]:
        """Raises ValueError for an id that the tokenizer does not have."""
        return [self._known[i] if i in self._known else self._known.setdefault(i, self._read(i)) for i in ids]

    def _read(self, token_id: int) -> bytes:
        if token_id in self._added:
            return self._added[token_id]
        spelling = self._tokenizer.id_to_token(token_id)
        if spelling is None:
            raise ValueError(f"the tokenizer has no token {token_id}")
        if self._byte_level:
            return bytes(_BYTE_OF[letter] for letter in spelling)
        if match := _BYTE.fullmatch(spelling):
            return bytes([int(match[1], 16)])
        return str(spelling).replace("▁", " ").encode()


def _byte_letters() -> dict[str, int]:
    """The letter that byte-level BPE writes for each byte: itself where printable, else one from 256 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(256 + index): byte for index, byte in enumerate(others)}


_BYTE_OF = _byte_letters()
