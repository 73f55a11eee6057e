"""The beginnings of examples, for a line of a table: what was asked and what was answered."""

from collections.abc import Collection

import pyarrow as pa
import pyarrow.parquet as pq

from curate.version import SPLITS, DatasetVersion
from schemas.errors import VersionError
from schemas.visible import SafeText, visible_line

_QUESTION, _ANSWER = 32, 64  # characters


def snippets(version: DatasetVersion, example_ids: Collection[str]) -> dict[str, SafeText]:
    """By id, through the gate. Ids that the version does not hold are left out. Raises VersionError."""
    found: dict[str, SafeText] = {}
    for split in SPLITS:
        path = version.path / "data" / f"{split}.parquet"
        if not path.is_file():
            continue
        wanted = [("example_id", "in", list(example_ids))]
        try:
            table = pq.read_table(path, columns=["example_id", "messages"], filters=wanted)
        except (OSError, pa.ArrowException) as error:
            raise VersionError(f"{path}: cannot be read ({error})", "run `curate build` again") from None
        found |= {row["example_id"]: _snippet(row["messages"]) for row in table.to_pylist()}
    return found


def _snippet(messages: list[dict[str, str]]) -> SafeText:
    """The first question and the last answer: what is wrong shows there most often."""
    asked = next((m["content"] for m in messages if m["role"] == "user"), "")
    answers = [m["content"] for m in messages if m["role"] == "assistant"]
    return visible_line(f"{_cut(asked, _QUESTION)} → {_cut(answers[-1] if answers else '', _ANSWER)}")


def _cut(text: str | None, length: int) -> str:
    text = " ".join((text or "").split())
    return text if len(text) <= length else text[: length - 1] + "…"
