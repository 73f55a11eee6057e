"""Every screen opened at full size: how long until it stands, what keys wait for meanwhile, and what a move
in its list costs then."""

import statistics
import time
from collections.abc import Iterator
from itertools import islice

from bench.terminal.driven import Driven, Paint
from bench.terminal.figure import Figure
from bench.terminal.ids import id_of
from curate.journal import Journal
from schemas.decision import Decision
from tui.catalogue import SCREENS

_KEYS = {f"f{n}": keys for n, keys in enumerate(("\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"), start=1)} | {
    f"f{n}": f"\x1b[{code}~" for n, code in enumerate((15, 17, 18, 19, 20, 21, 23, 24), start=5)
}
_SEEN = ("o", "\x1b[27u")  # keys that every screen answers, whatever it reads: a menu, and away with it
_MOVES = 40
_SHOWN_S = 0.1  # without output: a screen is there, whatever it reads yet
_ANSWER_S = 1.0  # a key that no paint follows for so long moves nothing
_SETTLED_S = 0.5  # without output
_DECISIONS = 20_000  # of each of two annotators, on the same rows


def decide_much(where: str, rows: int, decisions: int = _DECISIONS) -> None:
    """Something for the journal and for agreement to show: so many decisions of each of two."""
    with Journal.open(where) as journal:
        for annotator, dropped in (("ada", 5), ("bob", 7)):
            drafts = (
                Decision(0, id_of(i * 7 % rows), annotator, "keep" if i % dropped else "drop")
                for i in range(min(rows, decisions))
            )
            while some := list(islice(drafts, 1000)):
                journal.append_batch(some)


def opening(program: Driven) -> Iterator[Figure]:
    """Each screen left alone until it has read what it shows, then gone down its list."""
    for entry in SCREENS:
        start = time.perf_counter()
        program.key(_KEYS[entry.key], _SHOWN_S, _ANSWER_S)
        while _is_reading(program):
            program.read(0.01)
        yield Figure(f"{entry.key} {entry.name}, to all that it shows", _ms(start), 1000, "ms")
        program.read(_SETTLED_S)
        moves = [paint for paint in _moves(program) if paint.sent]
        if len(moves) > _MOVES // 2:
            times = statistics.quantiles((paint.seconds * 1e3 for paint in moves), n=20)
            sizes = statistics.quantiles((paint.size for paint in moves), n=20)
            yield Figure("  a move, p95", times[-1], 50, "ms")
            print(f"  bytes a move: p50 {sizes[9]:.0f}, p95 {sizes[-1]:.0f}")


def waiting(program: Driven) -> Iterator[Figure]:
    """Keys pressed while a screen reads, beside the same keys where nothing is read."""
    idle = max(program.key(key).seconds for key in _SEEN * 5)
    print(f"a menu and away with it, where nothing is read: {idle * 1e3:.0f} ms at most")
    for entry in SCREENS:
        waits = [program.key(_KEYS[entry.key], _SHOWN_S, _ANSWER_S).seconds]
        while _is_reading(program):
            waits += [program.key(key, patience=_ANSWER_S).seconds for key in _SEEN]
        yield Figure(f"{entry.key} {entry.name}, longest wait of a key", max(waits) * 1e3, 100, "ms")


def _ms(start: float) -> float:
    return (time.perf_counter() - start) * 1e3


def _moves(program: Driven) -> Iterator[Paint]:
    """None after the first that nothing follows: there is no list."""
    for _ in range(_MOVES):
        paint = program.key("j", patience=_ANSWER_S)
        yield paint
        if not paint.sent:
            return


def _is_reading(program: Driven) -> bool:
    """Whether the line of messages says so."""
    return program.screen[-2].rstrip().endswith(" …")
