"""Tables that travel as files: what arrives is what was sent, and nothing is left lying about."""

from pathlib import Path

import pyarrow as pa

from curate.flow.parcels import Parcels, opened


def test_a_table_arrives_and_its_file_is_gone(tmp_path: Path) -> None:
    parcels = Parcels(tmp_path)
    table = pa.table({"text": ["a", None, "ü" * 1000], "tags": [["x"], [], None]})
    whole, part = parcels.packed(table), parcels.packed(table.slice(2))
    assert opened(part).equals(table.slice(2))
    arrived = opened(whole)
    assert not whole.exists()
    assert arrived.equals(table)
    parcels.packed(table)
    parcels.close()
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_there_is_one_of_its_own() -> None:
    parcels = Parcels(None)
    path = parcels.packed(pa.table({"n": [1, 2]}))
    assert opened(path).num_rows == 2
    parcels.close()
    assert not path.parent.exists()
