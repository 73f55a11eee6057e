"""What is asked and said: a line each, plain text through the gate, nothing drawn."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from tui.model.facts import Section
from tui.safe_text import visible, visible_line


class Left(Exception):
    """The person left, or standard input ended."""


class Talk:
    def __init__(self, lines: Iterable[str], out: TextIO) -> None:
        self._lines: Iterator[str] = iter(lines)
        self._out = out

    def ask(self, question: str, *, strip: bool = True) -> str:
        """The next line. Raises Left where there is none."""
        self._out.write(question)
        self._out.flush()
        try:
            line = next(self._lines)
        except StopIteration:
            raise Left from None
        return line.strip() if strip else line.rstrip("\n")

    def say(self, line: str) -> None:
        self._out.write(visible_line(line) + "\n")
        self._out.flush()

    def text(self, text: str) -> None:
        """Text of the data, indented, with its own lines."""
        self._out.write("".join(f"  {line}\n" for line in visible(text).split("\n")))

    def read(self, sections: Sequence[Section]) -> None:
        for heading, lines in sections:
            self.say(heading)
            for line in lines:
                self.say(f"  {line}")
