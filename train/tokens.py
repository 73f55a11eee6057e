"""Tokenisation whose every truncation and mask is recorded, and that loses no example's identity.

A label stands at the position of its own token: the label at position i is predicted from position i−1.
So the token at position 0 is never trained (nothing predicts it), and rows laid end to end stay independent.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.example import Example
from schemas.run import TokenCounts
from train.template import Tokenizer

IGNORE = -100  # the label of a token that is not trained, as transformers has it


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One example as token ids, 4 bytes each. `trained` are the token spans [start, stop) with a label.

    `n_prompt_tokens` stand before the first trained token; `n_cut` were cut off the end at `max_length`.
    """

    example_id: str
    split: str
    input_ids: "array[int]"
    trained: tuple[tuple[int, int], ...]
    n_cut: int

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def truncated(self) -> bool:
        return self.n_cut > 0

    @property
    def n_trained(self) -> int:
        return sum(stop - start for start, stop in self.trained)

    @property
    def n_prompt_tokens(self) -> int:
        return self.trained[0][0]

    @property
    def labels(self) -> list[int]:
        """As long as `input_ids`: the token's id where it is trained, IGNORE elsewhere."""
        labels = [IGNORE] * len(self)
        for start, stop in self.trained:
            labels[start:stop] = self.input_ids[start:stop]
        return labels


@dataclass(frozen=True, slots=True)
class Untrainable:
    """An example that cannot be trained on, and why."""

    example_id: str
    split: str
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows in the order of the examples. Every example is in `rows` or in `untrainable`.
    `notes` are sentences for the person who started the run."""

    rows: tuple[TokenRow, ...]
    untrainable: tuple[Untrainable, ...]
    max_length: int
    template_sha256: str
    notes: tuple[str, ...]

    def of(self, split: str) -> list[TokenRow]:
        return [row for row in self.rows if row.split == split]

    @property
    def counts(self) -> TokenCounts:
        raise NotImplementedError


def prepare(examples: Sequence[Example], tokenizer: Tokenizer, max_length: int) -> Prepared:
    """Tokenise every example and mark what is trained.

    Raises UsageError where the template cannot be trained on, or where no example can.
    """
    raise NotImplementedError
