"""UTF-8 read character by character, within other kernels."""

from curate.similarity.kernels.compiling import kernel
from schemas.arrays import Bytes


@kernel
def character(data: Bytes, k: int) -> tuple[int, int]:
    """The character beyond ASCII that begins at `k`, and where the next one does; surrogates may be
    encoded."""
    lead = int(data[k])
    second = int(data[k + 1]) & 0x3F
    if lead < 0xE0:
        return ((lead & 0x1F) << 6) | second, k + 2
    third = int(data[k + 2]) & 0x3F
    if lead < 0xF0:
        return ((lead & 0x0F) << 12) | (second << 6) | third, k + 3
    last = int(data[k + 3]) & 0x3F
    return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | last, k + 4
