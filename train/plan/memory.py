"""Memory by part, and the peak of a training step.

    held all the time   weights, adapter, optimiser state, CUDA's context
    forward's end       + activations + head and loss (+ gradients, where steps accumulate)
    backward's end      + gradients + one layer's activations
    optimiser's step    + gradients + the optimiser's temporaries

The peak is the highest of these moments; the parts that are shown are those of that moment, so they add up.
Bytes throughout; GB are 10^9.
"""

from dataclasses import dataclass
from typing import Literal

from train.plan.activations import (
    backward_bytes,
    boundary_bytes,
    cached_bytes,
    head_bytes,
    layer_bytes,
)
from train.plan.adapters import adapter_bytes, trained_weights
from train.plan.setup import Quantised, Setup
from train.plan.shape import Shape

Moment = Literal["forward", "backward", "step"]

CONTEXT = 0.6e9
"""CUDA's own: context, libraries' code and workspaces. Measured figures differ by GPU and driver."""
FRAGMENTATION = 0.12
"""Share of what comes and goes that PyTorch's allocator holds above it. From the device's and PyTorch's own
figures for the same runs; see `bench/memory_tables.yaml`."""

_PER_WEIGHT: dict[Quantised, float] = {
    "nf4": 0.5 + 4 / 64,  # a float32 scale for each block of 64
    "nf4-dq": 0.5 + 1 / 64 + 4 / (64 * 256),  # its scale in 8 bits, with a float32 for 256 of them
    "int8": 1.0,
}
_STATES: dict[str, float] = {  # numbers for each weight
    "adamw": 2.0,
    "adamw_fused": 2.0,
    "paged_adamw_32bit": 2.0,
    "adafactor": 0.0,  # a row and a column for each matrix: too little to count
    "adamw_in_backward": 0.0,
}


@dataclass(frozen=True, slots=True)
class Batch:
    """A micro-batch: so many sequences, padded or packed to `length` tokens each."""

    sequences: int
    length: int

    @property
    def tokens(self) -> int:
        return self.sequences * self.length


@dataclass(frozen=True, slots=True)
class Parts:
    """Bytes by part at the peak, which comes at `moment`. `unquantised` is the part of `weights` that is held
    in a full format although the model is quantised. `host` is what paging may put into the host's memory."""

    weights: float
    unquantised: float
    adapter: float
    gradients: float
    optimiser: float
    activations: float
    head: float
    context: float
    fragmentation: float
    moment: Moment
    host: float

    @property
    def allocated(self) -> float:
        """As `torch.cuda.max_memory_allocated` counts."""
        return self.weights + self.adapter + self.gradients + self.optimiser + self.activations + self.head

    @property
    def total(self) -> float:
        """What the device must have."""
        return self.allocated + self.context + self.fragmentation


def estimate(shape: Shape, setup: Setup, batch: Batch) -> Parts:
    """The memory of a training step of this batch. Raises UsageError for an adapter that fits no layer."""
    weights, unquantised = _weights(shape, setup)
    trained = trained_weights(shape, setup)
    adapter = adapter_bytes(shape, setup)
    gradients = 0.0 if setup.optimiser == "adamw_in_backward" else trained * float(setup.trained)
    state, host = _optimiser(setup, trained)
    casts = _casts(shape, setup, trained)
    whole = (
        layer_bytes(shape, setup, batch.length) * batch.tokens + cached_bytes(shape, setup) * batch.sequences
    )
    one = whole + backward_bytes(shape, setup) * batch.tokens + _unpacked(shape, setup)
    kept = shape.layers * (boundary_bytes(shape, setup) * batch.tokens if setup.recompute else whole)
    head = head_bytes(shape, setup, batch.tokens)
    early = gradients if setup.accumulates else 0.0
    forward = (early, kept + casts + _unpacked(shape, setup), head)
    # Backward through the last layer: the head is gone, its gradients stay, nothing else is freed yet
    inside = one if setup.recompute else one - whole
    first = (early + _head_gradient(shape, setup), kept + casts + inside, 0.0)
    last = (gradients, one, 0.0)
    step = (gradients, _temporaries(setup, trained), 0.0)
    moments: list[tuple[Moment, tuple[float, float, float]]] = [
        ("forward", forward),
        ("backward", first),
        ("backward", last),
        ("step", step),
    ]
    moment, (gradients, activations, head) = max(moments, key=lambda named: sum(named[1]))
    return Parts(
        weights=weights,
        unquantised=unquantised,
        adapter=adapter,
        gradients=gradients,
        optimiser=state,
        activations=activations,
        head=head,
        context=CONTEXT,
        fragmentation=FRAGMENTATION * (activations + head),
        moment=moment,
        host=host,
    )


def resident(shape: Shape, setup: Setup) -> float:
    """Bytes held between two steps, the gradients of the last one among them."""
    trained = trained_weights(shape, setup)
    weights, _ = _weights(shape, setup)
    adapter = adapter_bytes(shape, setup)
    return weights + adapter + trained * setup.trained + _optimiser(setup, trained)[0]


def _weights(shape: Shape, setup: Setup) -> tuple[float, float]:
    """Bytes of the base model, and of its part that stays unquantised."""
    if setup.quantised is None:
        return shape.total * float(setup.weights), 0.0
    packed = shape.linear
    if setup.only_adapted_quantised:
        packed = shape.layers * sum(one.weights for one in shape.targets(setup.targets))
    if setup.everything_quantised:
        packed += shape.experts + shape.head
    rest = shape.total - packed
    unquantised = rest * float(setup.weights)
    if setup.wide_residual:
        unquantised = rest * 4.0
    return packed * _PER_WEIGHT[setup.quantised] + unquantised, unquantised


def _unpacked(shape: Shape, setup: Setup) -> float:
    """One quantised matrix at a time is unpacked for its product. A DoRA sends an identity matrix through its
    own two, adds what comes out to the base matrix and takes the norm, in float32. The largest counts."""
    largest = max((one.weights for one in shape.layer.linears), default=0)
    adapted = shape.targets(setup.targets) if setup.dora else []
    norm = max((4.0 * (one.inputs**2 + 2 * one.weights) for one in adapted), default=0.0)
    if setup.quantised is None:
        return norm
    if setup.everything_quantised:
        largest = max(largest, shape.embedding)
    return largest * float(setup.compute) + norm


def _optimiser(setup: Setup, trained: int) -> tuple[float, float]:
    """Bytes of state on the device, and of state that paging keeps on the host where the device is full.

    Paged state lives in unified memory: it is no part of PyTorch's pool, but stands on the device as long as
    there is room. A tensor under 4,096 numbers keeps 32-bit state; its share is small.
    """
    known = _STATES.get(setup.optimiser)
    state = trained * (2.0 + 2 * 4 / 256) if known is None else trained * setup.trained * known
    return state, state if setup.optimiser.startswith("paged") else 0.0


def _temporaries(setup: Setup, trained: int) -> float:
    """AdamW over lists of tensors makes the square roots of all second moments at once; Adafactor an update
    for one matrix after the other, which is left out."""
    return float(trained * setup.trained) if setup.optimiser == "adamw" else 0.0


def _casts(shape: Shape, setup: Setup, trained: int) -> float:
    """Copies of trained float32 matrices in the short format, kept by autocast through the forward pass."""
    if not setup.autocast or setup.trained == setup.compute:
        return 0.0
    return float(setup.compute * (shape.linear + shape.experts if setup.way == "full" else trained))


def _head_gradient(shape: Shape, setup: Setup) -> float:
    return float(setup.trained * shape.embedding) if setup.way == "full" and not setup.accumulates else 0.0
