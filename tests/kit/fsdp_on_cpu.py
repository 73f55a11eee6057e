"""The `train` command where accelerate shards a model over CPU processes.

accelerate refuses to, though torch's FSDP2 does it: this takes the refusal out, and nothing else.
"""

import os
from typing import Any

import accelerate.state as state
from accelerate.utils import DistributedType

_init: Any = state.AcceleratorState.__init__


def _with_fsdp(self: Any, *arguments: Any, **named: Any) -> None:
    plugin = named.get("fsdp_plugin")
    _init(self, *arguments, **named)
    if os.environ.get("ACCELERATE_USE_FSDP") == "true" and self.distributed_type == "MULTI_CPU":
        self.distributed_type = DistributedType.FSDP
        state.PartialState._shared_state["distributed_type"] = DistributedType.FSDP
        self.fsdp_plugin = plugin


state.AcceleratorState.__init__ = _with_fsdp  # type: ignore[method-assign]

if __name__ == "__main__":
    from train.cli import main

    main()
