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
from tui.catalogue import FIRST, SCREENS

_KEYS = {f"f{n}": keys for n, keys in enumerate(("\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"), start=1)} | {
    f"f{n}": f"\x1b[{code}~" for n, code in enumerate((15, 17, 18, 19, 20, 21, 23, 24), start=5)
}
_MOVES = 40
_ANSWER_S = 1.0  # a key that no paint follows for so long moves nothing
_SETTLED_S = 0.5  # without output
_DECISIONS = 20_000  # of each of two annotators, on the same rows


def decide_much(where: str, rows: int) -> None:
    """Something for the journal and for agreement to show."""
    with Journal.open(where) as journal:
        for annotator, dropped in (("ada", 5), ("bob", 7)):
            drafts = (
                Decision(0, id_of(i * 7 % rows), annotator, "keep" if i % dropped else "drop")
                for i in range(min(rows, _DECISIONS))
            )
            while some := list(islice(drafts, 1000)):
                journal.append_batch(some)


def screens(program: Driven) -> Iterator[Figure]:
    for entry in SCREENS:
        before, start = program.screen[0], time.perf_counter()
        waits = [program.key(_KEYS[entry.key], patience=_ANSWER_S).seconds]
        while program.screen[0] == before and entry.name != FIRST:
            program.read(0.01)
        while _is_reading(program) and (paint := program.key("j", patience=_ANSWER_S)).sent:
            waits.append(paint.seconds)
        while _is_reading(program):
            program.read(0.02)
        settled = time.perf_counter() - start
        program.read(_SETTLED_S)
        moves = [paint for paint in _moves(program) if paint.sent]
        yield Figure(f"{entry.key} {entry.name}, from key to read", settled * 1e3, 1000, "ms")
        yield Figure("  longest wait of a key meanwhile", max(waits) * 1e3, 100, "ms")
        if len(moves) > _MOVES // 2:
            times = statistics.quantiles((paint.seconds * 1e3 for paint in moves), n=20)
            sizes = statistics.quantiles((paint.size for paint in moves), n=20)
            yield Figure("  a move, p95", times[-1], 50, "ms")
            print(f"  bytes a move: p50 {sizes[9]:.0f}, p95 {sizes[-1]:.0f}")


def _moves(program: Driven) -> Iterator[Paint]:
    """None after the first that nothing follows: there is no list."""
    for _ in range(_MOVES):
        paint = program.key("j", patience=_ANSWER_S)
        yield paint
        if not paint.sent:
            return


def _is_reading(program: Driven) -> bool:
    """Whether the line of messages says so."""
    return program.screen[-2].rstrip().endswith("…")
