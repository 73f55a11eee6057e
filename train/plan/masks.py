"""Examples as they are trained: which text has a loss, and which has none, made visible.

The text is that of the tokens, special ones included, and passes the gate of `schemas.visible`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from schemas.visible import SafeText, visible
from train.template import Tokenizer
from train.tokens import TokenRow

OPEN, CLOSE = "⟦", "⟧"
_TRAINED, _PROMPT = "bold green", "dim"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an example. `trained`: it has a loss."""

    text: SafeText
    trained: bool


@dataclass(frozen=True, slots=True)
class Masked:
    """One example: its pieces in order, and the tokens of each kind; `cut` were cut off its end."""

    example_id: str
    pieces: tuple[Piece, ...]
    prompt: int
    trained: int
    cut: int


def masked(row: TokenRow, tokenizer: Tokenizer) -> Masked:
    """The row's tokens in words, in pieces of one kind each."""
    pieces, at = [], 0
    for start, stop in row.trained:
        pieces += [(at, start, False), (start, stop, True)]
        at = stop
    pieces.append((at, len(row), False))
    return Masked(
        example_id=row.example_id,
        pieces=tuple(
            Piece(visible(tokenizer.decode(list(row.input_ids[start:stop]))), trained)
            for start, stop, trained in pieces
            if start < stop
        ),
        prompt=len(row) - row.n_trained,
        trained=row.n_trained,
        cut=row.n_cut,
    )


def first(rows: Sequence[TokenRow], tokenizer: Tokenizer, count: int) -> tuple[Masked, ...]:
    return tuple(masked(row, tokenizer) for row in rows[:count])


def coloured(example: Masked) -> Text:
    """For a terminal: what is trained is bold and green, the rest is dim."""
    text = Text()
    for piece in example.pieces:
        text.append(piece.text, style=_TRAINED if piece.trained else _PROMPT)
    return text


def plain(example: Masked) -> str:
    """For anywhere: what is trained stands in ⟦ ⟧. A bracket of the text itself is doubled."""
    return "".join(
        f"{OPEN}{_doubled(piece.text)}{CLOSE}" if piece.trained else _doubled(piece.text)
        for piece in example.pieces
    )


def _doubled(text: str) -> str:
    return text.replace(OPEN, OPEN * 2).replace(CLOSE, CLOSE * 2)
