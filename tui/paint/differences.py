"""Which cells of a line are to be written again: those that differ, and those between that cost less than the
way round them."""

from collections.abc import Sequence

from tui.paint.cells import Cell, Look, Piece, has_a_cell

_MOVE = 4  # bytes that it costs to skip cells that are the same
Stretch = tuple[int, int]  # its first cell, and the one behind its last


def differences(before: Sequence[Cell | None], now: Piece, *, to_edge: bool) -> list[Stretch]:
    """Stretches of `now` to be written over `before`, which has as many cells. `to_edge`: behind them the
    screen ends, and blanks may be erased up to there.

    Each is written in one look; where terminals may think differently of a piece, it is one stretch, from the
    first cell that differs to the end.
    """
    cells = now.cells
    if not (now.sure and _is_sure(before)):
        begin = _shared(before, cells)
        return [(begin, len(cells))] if begin < len(cells) else []
    stretches: list[Stretch] = []
    begin, end, look = 0, 0, Look()
    for at, (old, cell) in enumerate(zip(before, cells, strict=True)):
        if old == cell:
            continue
        wanted = cell[1] if look.bare and cell[1].shows(look) else look
        if begin < end and _leads_on(cells[end : at + 1], wanted):
            end, look = at + 1, wanted
        else:
            stretches += [(begin, end)] if begin < end else []
            begin, end, look = at, at + 1, cell[1]
    stretches += [(begin, end)] if begin < end else []
    return _with_tail(stretches, cells) if to_edge else stretches


def _leads_on(cells: Sequence[Cell], look: Look) -> bool:
    """Whether a stretch goes on over the cells that are the same to the one that differs behind them."""
    return len(cells) <= _MOVE + 1 and all(look.shows(other) for _, other in cells)


def _with_tail(stretches: list[Stretch], cells: Sequence[Cell]) -> list[Stretch]:
    """Blanks at the end are erased as one where any of them is to be."""
    blank = len(cells)
    while blank and cells[-1][1].bare and cells[blank - 1] == cells[-1]:
        blank -= 1
    kept = [stretch for stretch in stretches if stretch[1] <= blank]
    if len(kept) < len(stretches):
        kept.append((stretches[len(kept)][0], len(cells)))
    return kept


def _is_sure(cells: Sequence[Cell | None]) -> bool:
    return all(cell is None or has_a_cell(cell[0]) for cell in cells)


def _shared(one: Sequence[Cell | None], other: Sequence[Cell]) -> int:
    """Cells that two pieces have in common at their beginning, up to what may be wider or narrower than it is
    thought to be, or drawn as one with what follows."""
    shared = 0
    while shared < len(other) and one[shared] == other[shared]:
        shared += 1
    if shared == len(other):
        return shared
    sure = next((at for at in range(shared) if not has_a_cell(other[at][0])), shared)
    while sure and not (_stands_alone(one, sure) and _stands_alone(other, sure)):
        sure -= 1
    return sure


def _stands_alone(cells: Sequence[Cell | None], at: int) -> bool:
    """Whether what stands before this place and what stands behind it are two characters to any terminal."""
    before, behind = cells[at - 1], cells[at]
    return (before is None or before[0].isascii()) and (behind is None or behind[0][:1].isascii())
