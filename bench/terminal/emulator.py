"""What a terminal shows of the bytes that it is sent, by pyte, with what pyte lacks of ECMA-48: NEL, which
begins the next line; pyte's stays in the column. xterm, tmux and the Linux console begin it."""

import pyte

_NEXT_LINE = "next_line"


class Screen(pyte.Screen):
    def next_line(self) -> None:
        self.index()
        self.carriage_return()


class Stream(pyte.Stream):
    escape = {**pyte.Stream.escape, "E": _NEXT_LINE}  # noqa: RUF012 (declared so by pyte)
    events = pyte.Stream.events | {_NEXT_LINE}


class ByteStream(pyte.ByteStream):
    escape = Stream.escape
    events = Stream.events
