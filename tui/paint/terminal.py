"""What the terminal can do that not all can, by terminfo."""

import curses
import os
import termios
from contextlib import suppress
from typing import NamedTuple, TextIO

_STOPS = ("ht", "hts", "tbc")


class Able(NamedTuple):
    """`erases`: what is erased gets the ground in force. `stops`: tab stops can be set and gone to, and
    behind the last cell of a line it waits in that line, as the VT100 did."""

    erases: bool = False
    stops: bool = False


def able(output: TextIO | None) -> Able:
    """Of the terminal that `output` leads to; nothing of one that is not known."""
    if output is None:
        return Able()
    try:
        curses.setupterm(os.environ.get("TERM", ""), output.fileno())
    except (curses.error, OSError):
        return Able()
    stops = all(map(curses.tigetstr, _STOPS)) and curses.tigetflag("xenl") > 0
    return Able(curses.tigetflag("bce") > 0, stops and _sends_tabs(output))


def _sends_tabs(output: TextIO) -> bool:
    """Whether the line sends a tab as it is; it may be told to send blanks."""
    with suppress(termios.error):
        return int(termios.tcgetattr(output.fileno())[1]) & termios.TABDLY != termios.XTABS
    return False
