"""The few examples that a report shows: the worst by loss, the most improved, those that training made worse.

Their texts are those of the dataset version, after redaction; rows that pii or toxicity flagged are named and
not shown, as in the version's own report.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.version import DatasetVersion
from schemas.example import Example
from train.reporting.left_out import examples_of
from train.reporting.measured import Measured
from train.store import ADAPTER, TOKENS, Run
from train.token_bytes import TokenBytes

if TYPE_CHECKING:
    import pandas as pd

LISTED = 8
SHADED = 3  # of each list of the worst
_MOST_TOKENS = 400  # that are shaded of one example

Piece = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """Losses in nats per trained token; `base` and `gain` None where the base model was not measured."""

    example_id: str
    split: str
    n_tokens: int
    truncated: bool
    base: float | None
    loss: float
    gain: float | None


@dataclass(frozen=True, slots=True)
class Listed:
    """`worst`: highest loss of each split that is shown. `improved`, `worsened`: by gain over all splits."""

    worst: dict[str, tuple[Row, ...]]
    improved: tuple[Row, ...]
    worsened: tuple[Row, ...]

    @property
    def ids(self) -> list[str]:
        """All, each once, the worst first."""
        rows = [*(row for own in self.worst.values() for row in own), *self.improved, *self.worsened]
        return list(dict.fromkeys(row.example_id for row in rows))

    @property
    def shaded(self) -> list[str]:
        return [row.example_id for own in self.worst.values() for row in own[:SHADED]]


@dataclass(frozen=True, slots=True)
class Shown:
    """An example with its text, None where it may not be shown. `pieces`: its trained tokens with the kept
    adapter's loss of each, of the worst ones; `cut` says that there were more."""

    row: Row
    example: Example | None
    pieces: tuple[Piece, ...] = ()
    cut: bool = False


def listed(found: Measured, held_out: str) -> Listed:
    splits = dict.fromkeys([held_out, *found.splits[:1]])
    by_gain = found.rows[found.rows["gain"].notna()]
    gained = by_gain.sort_values(["gain", "example_id"], ascending=[False, True])
    lost = by_gain[by_gain["gain"] < 0].sort_values(["gain", "example_id"])
    return Listed(
        worst={
            split: _rows(found.of(split).sort_values(["loss", "example_id"], ascending=[False, True]))
            for split in splits
        },
        improved=_rows(gained[gained["gain"] > 0]),
        worsened=_rows(lost),
    )


def shown(run: Run, version: DatasetVersion | None, chosen: Listed) -> list[Shown]:
    """The listed examples in their order; without texts where the version is gone."""
    rows = {
        row.example_id: row
        for row in [*(r for own in chosen.worst.values() for r in own), *chosen.improved, *chosen.worsened]
    }
    if version is None:
        return [Shown(rows[name], None) for name in chosen.ids]
    texts = {e.example_id: e for e in examples_of(version, chosen.ids) if e.may_be_shown}
    pieces = token_pieces(run, [name for name in chosen.shaded if name in texts])
    return [
        Shown(
            rows[name],
            texts.get(name),
            pieces.get(name, ())[:_MOST_TOKENS],
            len(pieces.get(name, ())) > _MOST_TOKENS,
        )
        for name in chosen.ids
    ]


def token_pieces(run: Run, ids: Iterable[str]) -> dict[str, tuple[Piece, ...]]:
    """The trained tokens' texts and losses by the adapter, of the examples that have them; none where the
    run saved no tokenizer. Tokens that share a character are one piece with the highest loss."""
    import pyarrow.parquet as pq

    file: Path = run.path / TOKENS
    wanted = sorted(ids)
    if not wanted or not file.is_file():
        return {}
    try:
        spelling = TokenBytes.load(run.path / ADAPTER / "tokenizer.json")
    except ValueError:
        return {}
    table = pq.read_table(file, filters=[("example_id", "in", wanted), ("model", "=", "adapter")])
    try:
        return {row["example_id"]: tuple(_pieces(spelling, row)) for row in table.to_pylist()}
    except ValueError:  # ids that are no tokens: a classifier's labels
        return {}


def _pieces(spelling: TokenBytes, row: dict[str, Any]) -> Iterable[Piece]:
    """A token that ends inside a character waits for those that complete it."""
    waiting, highest = b"", 0.0
    for data, nll in zip(spelling.of(row["token_ids"]), row["nll"], strict=True):
        waiting, highest = waiting + data, max(highest, nll)
        try:
            text = waiting.decode("utf-8")
        except UnicodeDecodeError:
            if len(waiting) < 4:
                continue
            text = waiting.decode("utf-8", "replace")
        yield text, highest
        waiting, highest = b"", 0.0
    if waiting:
        yield waiting.decode("utf-8", "replace"), highest


def _rows(ordered: "pd.DataFrame") -> tuple[Row, ...]:
    return tuple(
        Row(
            example_id=str(row["example_id"]),
            split=str(row["split"]),
            n_tokens=int(row["n_tokens"]),
            truncated=bool(row["truncated"]),
            base=_number(row["base"]),
            loss=float(row["loss"]),
            gain=_number(row["gain"]),
        )
        for row in ordered.head(LISTED).to_dict("records")
    )


def _number(value: float) -> float | None:
    return None if value != value else float(value)
