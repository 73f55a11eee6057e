"""Row: an example as it goes through a model, whatever it is trained for."""

from array import array
from typing import Protocol, TypeVar


class Row(Protocol):
    """`n_trained` things have a loss, the tokens of an answer or one class; `targets` are their ids. `n_cut`
    tokens were cut off at `max_length`. Its length is that of `input_ids`."""

    @property
    def example_id(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def input_ids(self) -> "array[int]": ...
    @property
    def n_cut(self) -> int: ...
    @property
    def truncated(self) -> bool: ...
    @property
    def n_trained(self) -> int: ...
    @property
    def targets(self) -> "array[int]": ...
    def __len__(self) -> int: ...


R_co = TypeVar("R_co", bound=Row, covariant=True)
