"""The hash of a file, whole and of its beginning, whatever the size of pieces."""

import hashlib
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import file_hash
from curate.file_hash import FileHash, sha256_of


@given(data=st.binary(max_size=50), size=st.integers(0, 50), chunk=st.integers(1, 9))
def test_it_is_that_of_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int, chunk: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "hashed"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_hash, "_CHUNK", chunk)
        assert sha256_of(path) == hashlib.sha256(data).hexdigest()
        whole = FileHash.of(path)
        assert whole.of_first(path, size) == hashlib.sha256(data[:size]).hexdigest()
        copy = pickle.loads(pickle.dumps(whole))
        assert copy == whole
        assert copy.of_first(path, size) == whole.of_first(path, size)


def test_a_first_part_costs_a_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_hash, "_CHUNK", 10)
    (tmp_path / "rows").write_bytes(bytes(range(100)))
    whole = FileHash.of(tmp_path / "rows")
    (tmp_path / "rows").write_bytes(b"#" * 80 + bytes(range(80, 100)))  # what it was before is not read again
    assert whole.of_first(tmp_path / "rows", 85) == hashlib.sha256(bytes(range(85))).hexdigest()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sha256_of(tmp_path / "none")
