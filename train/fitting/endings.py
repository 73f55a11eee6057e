"""What stopped a run, in words that a person can act on: memory, a full disk, a signal, a gate.

Libraries tell of both shortages in words of their own: torch's file writer knows no errno, and an allocation
that fails on a CPU is a RuntimeError like any other.
"""

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import GateError, Interrupted, RunError, SiftuneError, UsageError
from schemas.run import RunState
from train.record.room import Room, free, in_bytes
from train.store import INFO

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# safetensors' words, and those of torch's file writer, whose archives break off where the disk ends.
_NO_ROOM_WORDS = re.compile(
    r"\(os error (28|27|122)\)|No space left|PytorchStreamWriter|inline_container\.cc"
)
SHORTER = (
    "shorten train.max_length, or set train.gradient_checkpointing: true, method: qlora or optimizer: "
    "paged_adamw_8bit; then start a new run with `train run`"
)
_SMALLER = (
    "use method: qlora, a smaller train.model, or a GPU with more memory; `train plan` says what it takes"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How `run.json` tells it, and the error that the user sees."""

    state: RunState
    reason: str
    error: BaseException


def ending(
    error: BaseException, run: str, folder: Path, *, room: Room | None = None, while_loading: bool = False
) -> Ending:
    """What an error means for the run that it ends, which takes so much `room` on the disk."""
    if is_disk_full(error):
        full = disk_full(error, run, folder, room)
        return Ending("interrupted", full.problem, full)
    if is_out_of_memory(error):
        short = UsageError(
            f"run {run}: out of memory: {first_line(error)}", _SMALLER if while_loading else SHORTER
        )
        return Ending("failed", short.problem, short)
    if isinstance(error, Interrupted | KeyboardInterrupt):
        return Ending("interrupted", "stopped by a signal", error)
    if isinstance(error, SiftuneError):
        return Ending(
            "failed" if isinstance(error, GateError | UsageError) else "interrupted", error.problem, error
        )
    return Ending("interrupted", f"{type(error).__name__}: {first_line(error)}", error)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was short, on the device or on the host."""
    import torch
    from accelerate.utils.memory import should_reduce_batch_size

    short = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return short or (isinstance(error, Exception) and bool(should_reduce_batch_size(error)))


def is_disk_full(error: BaseException) -> bool:
    """Whether it comes of a file that could not be written to its end."""
    return any(
        (isinstance(cause, OSError) and cause.errno in _NO_ROOM) or bool(_NO_ROOM_WORDS.search(str(cause)))
        for cause in _causes(error)
    )


def disk_full(error: BaseException, run: str, folder: Path, room: Room | None) -> RunError:
    """The error for a user whose disk is full; names the file where that is known, else the run's folder."""
    names = (cause.filename2 or cause.filename for cause in _causes(error) if isinstance(cause, OSError))
    path = next((name for name in names if name), folder)
    takes = f", a checkpoint takes about {in_bytes(room.checkpoint)}" if room else ""
    on = f"`train run --resume {run}` goes on from the last checkpoint"
    return RunError(
        f"{path}: no room left on the disk; {in_bytes(free(folder))} free there{takes}",
        f"make room, then {on if (folder / INFO).exists() else 'start again with `train run`'}",
    )


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that it came of or stood in the way of."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
