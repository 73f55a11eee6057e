"""The hash of a file, whole and of its beginning, whatever the size of pieces."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import file_hash
from curate.file_hash import sha256_of


@given(data=st.binary(max_size=50), size=st.integers(0, 50), chunk=st.integers(1, 9))
def test_it_is_that_of_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int, chunk: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "hashed"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_hash, "_CHUNK", chunk)
        assert sha256_of(path) == hashlib.sha256(data).hexdigest()
        assert sha256_of(path, size) == hashlib.sha256(data[:size]).hexdigest()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sha256_of(tmp_path / "none")
