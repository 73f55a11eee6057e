"""Escape and a key pressed close behind it are two keys.

Terminals without the kitty protocol send Escape as the byte that other keys' sequences begin with, so Textual
waits a tenth of a second (ESCDELAY) for what follows, and takes what comes within that for a key with alt: of
Escape and a letter neither would act. No key of the review has alt.
"""

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

_ESCAPE = "\x1b"
_WORDS = ("\x1bb", "\x1bf")  # which Textual takes for ctrl+left and ctrl+right


class TwoKeys(XTermParser):
    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        known = super()._sequence_to_key_events
        if sequence in _WORDS:
            alt, sequence = True, sequence[1]
        if alt:
            yield events.Key("escape", _ESCAPE)
        yield from known(sequence)


def part_from_escape() -> None:
    """Of all that is typed in this process from here on."""
    linux_driver.XTermParser = TwoKeys  # type: ignore[attr-defined]
