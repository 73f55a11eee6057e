"""The review in line mode, with lines typed by a test."""

import io
from typing import Any

from tui.plain import review_plain


def play(bench: Any, *lines: str, screen: str = "review") -> str:
    """All that was said until these lines ended."""
    out = io.StringIO()
    assert review_plain(bench, lines, out, screen=screen) == 0
    return out.getvalue()
