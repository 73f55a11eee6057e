"""The peak of whole training steps: transformers, PEFT, autocast, checkpointing, TRL's head, AdamW.

They run on tensors without memory, and every storage is counted from its making to its end. The vocabulary is
small, because without a GPU TRL's head works in other copies than with one.
"""

import contextlib
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from schemas.training import Lora, Train
from train.fitting.model import add_adapter
from train.plan.memory import Batch, estimate
from train.plan.setup import Setup
from train.plan.shape import read_shape

CONFIG = {
    "hidden_size": 1024,
    "intermediate_size": 2816,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "num_hidden_layers": 3,
    "vocab_size": 128,
}
STEPS, ACCUMULATION = 2, 2

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


@pytest.fixture(autouse=True)
def every_token_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run on a CPU scores trained tokens only; which those are, tensors without values cannot tell."""
    import trl.trainer.utils

    monkeypatch.setattr(trl.trainer.utils, "_use_triton", lambda device: False)  # noqa: ARG005


class Storages(TorchDispatchMode):
    """Bytes of the storages alive, and the most there were since `peak` was last set."""

    def __init__(self) -> None:
        super().__init__()
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.now = self.peak = 0

    def count(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        known = self._alive.get(storage._cdata)
        if known is not None and known[0].expired():  # another one at the same address
            self.now -= self._alive.pop(storage._cdata)[1]
            known = None
        if known is None:
            self._alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
            self.now += storage.nbytes()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(made):
            if isinstance(leaf, torch.Tensor):
                self.count(leaf)
        if self.now > self.peak:  # what has ended is taken off only where it matters
            self._forget()
            self.peak = max(self.peak, self.now)
        return made

    def _forget(self) -> None:
        for key in [key for key, (storage, _) in self._alive.items() if storage.expired()]:
            self.now -= self._alive.pop(key)[1]


@pytest.mark.parametrize(
    ("way", "recompute", "sequences"),
    [
        ("full", True, 8),
        ("full", False, 4),
        ("lora", True, 1),
        ("lora", True, 8),
        ("lora", False, 4),
        ("dora", True, 8),
    ],
)
def test_a_step_peaks_where_it_is_planned_to(way: str, recompute: bool, sequences: int) -> None:
    batch = Batch(sequences, 512)
    setup = Setup(
        "full" if way == "full" else "lora",
        weights=4 if way == "full" else 2,
        trained=4,
        compute=2,
        autocast=True,
        rank=16,
        dora=way == "dora",
        optimiser="adamw_fused",
        recompute=recompute,
        masked=False,
    )
    from transformers import AutoConfig

    shape = read_shape(AutoConfig.for_model("llama", **CONFIG))
    assert estimate(shape, setup, batch).allocated == pytest.approx(_peak(setup, batch), rel=0.06)


def _peak(setup: Setup, batch: Batch) -> int:
    model = _model(setup)
    with FakeTensorMode():
        for module in model.modules():
            for name, parameter in module._parameters.items():
                if parameter is not None:
                    empty = torch.empty(parameter.shape, dtype=parameter.dtype)
                    module._parameters[name] = torch.nn.Parameter(empty, parameter.requires_grad)
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    module._buffers[name] = torch.empty(buffer.shape, dtype=buffer.dtype)
        with Storages() as storages:
            for tensor in [*model.parameters(), *model.buffers()]:
                storages.count(tensor)
            trained = [p for p in model.parameters() if p.requires_grad]
            optimiser = torch.optim.AdamW(trained, foreach=False)
            for _ in range(STEPS):
                storages.peak = 0
                for _ in range(ACCUMULATION):
                    _forward_and_backward(model, setup, batch)
                optimiser.step()
                optimiser.zero_grad()
    return storages.peak


def _forward_and_backward(model: Any, setup: Setup, batch: Batch) -> None:
    ids = torch.zeros(batch.sequences, batch.length, dtype=torch.long)
    autocast = torch.autocast("cpu", dtype=torch.bfloat16) if setup.autocast else contextlib.nullcontext()
    with autocast:
        loss = model(input_ids=ids, labels=ids, fused_lm_head=True).loss
    loss.backward()


def _model(setup: Setup) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM
    from trl.trainer.utils import add_fused_lm_head

    config = AutoConfig.for_model("llama", attn_implementation="sdpa", **CONFIG)
    automatic: Any = AutoModelForCausalLM
    with torch.device("meta"):
        base = automatic.from_config(config, dtype=torch.bfloat16 if setup.weights == 2 else torch.float32)
        model = base
        if setup.way == "lora":
            train = Train(
                model="m", method="dora" if setup.dora else "lora", lora=Lora(r=setup.rank, dropout=0.0)
            )
            model = add_adapter(base, train, seed=0)
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.data = parameter.data.float()
    if setup.recompute:
        base.activation_checkpointing_enable({"use_reentrant": False})
        base.enable_input_require_grads()
    add_fused_lm_head(base)
    model.train()
    return model
