"""The processes of one run, where `accelerate launch` started several: who writes, and what all agree on.

The first process reads and writes the run's folder; the others hear from it what they must know. Whatever
decides on the course of the run goes through here, so that no process waits for one that has left.
"""

import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from schemas.errors import SiftuneError

T = TypeVar("T")
_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process is number `index` of `count`."""

    index: int = 0
    count: int = 1

    @classmethod
    def open(cls) -> "Ranks":
        """Joins the processes that `accelerate launch` or torchrun started; alone without them."""
        if int(os.environ.get("WORLD_SIZE", "1")) < 2:
            return cls()
        import torch
        from accelerate import PartialState

        state = PartialState(cpu=not torch.cuda.is_available())
        return cls(state.process_index, state.num_processes)

    @property
    def first(self) -> bool:
        return self.index == 0

    def gathered(self, mine: T) -> list[T]:
        """What each process brings, in their order. All must call it."""
        if self.count == 1:
            return [mine]
        from accelerate.utils import gather_object

        # As bytes: what is gathered is flattened by a level where it is a list.
        everyone: list[bytes] = gather_object([pickle.dumps(mine)])
        return [pickle.loads(each) for each in everyone]

    def told(self, decide: Callable[[], T]) -> T:
        """What the first process makes of `decide`, which the others do not call. All must call this.

        Where it raises one of our errors, all raise it; of another the first one tells, and the others leave.
        """
        if self.count == 1:
            return decide()
        if not self.first:
            value, error = _broadcast(None)
            if error is not None:
                raise error
            return value  # type: ignore[no-any-return]
        try:
            value = decide()
        except BaseException as error:
            _broadcast((None, error if isinstance(error, SiftuneError) else SystemExit(1)))
            raise
        _broadcast((value, None))
        return value

    def anyone(self, mine: bool) -> bool:
        """Whether it is so in any process. All must call it."""
        return any(self.gathered(mine))

    @contextmanager
    def one_voice(self) -> Iterator[None]:
        """An error that all processes meet is told by the first; one of another alone, by that one."""
        try:
            yield
        except SiftuneError as error:
            if self.first:
                raise
            # Where the first fails too, the launcher ends this process meanwhile.
            time.sleep(_PATIENCE_S)
            raise type(error)(f"process {self.index}: {error.problem}", error.mend) from error

    def close(self) -> None:
        """Leaves the others; nothing may be asked of them afterwards."""
        if self.count > 1:
            from accelerate import PartialState

            PartialState().destroy_process_group()


def _broadcast(message: tuple[Any, BaseException | None] | None) -> tuple[Any, BaseException | None]:
    """The first process's message, in each."""
    from accelerate.utils import broadcast_object_list

    box: list[Any] = [message]
    broadcast_object_list(box)
    heard: tuple[Any, BaseException | None] = box[0]
    return heard


def is_sharding() -> bool:
    """Whether the launch lays the model in shards over its processes (FSDP)."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def is_first() -> bool:
    """Whether this process is the one of a launch that prints."""
    return int(os.environ.get("RANK", "0")) == 0


ALONE = Ranks()
