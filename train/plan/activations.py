"""What the forward pass leaves in memory for the backward pass, in bytes a token.

Counted from the operations of a layer: autograd keeps an operand where the gradient of the other operand
needs it, and nothing for a frozen matrix. So a frozen linear layer keeps no input, a LoRA beside it keeps its
own copy, and a norm that computes in float32 keeps a float32 copy. After Korthikanti et al. 2022
(arXiv:2205.05198), redone for today's layers and number formats; `tests/train/plan` holds it against
autograd's own graph.
"""

from collections.abc import Iterable

from train.plan.adapters import scaled
from train.plan.setup import Setup
from train.plan.shape import Layer, Linear, Shape

_FLOAT = 4
_TRL_TOKENS, _TRL_COLUMNS = 4096, 32768  # the tile in which TRL's chunked head scores tokens
_CHUNKS = 8  # torchtune's loss over the vocabulary


def layer_bytes(shape: Shape, setup: Setup, length: int) -> float:
    """Kept by one layer for each token of sequences of this length, when nothing is recomputed."""
    layer = shape.layer
    return (
        _norms(layer, setup)
        + _attention(layer, setup, length)
        + _mlp(layer, setup)
        + _inputs(layer, setup, _adapted(shape, setup))
        + (_scaled(shape, setup) if setup.way == "ia3" else 0)
    )


def cached_bytes(shape: Shape, setup: Setup) -> float:
    """Keys and values that prefix tuning puts before each sequence, kept by one layer beside those of the
    text: where they are made, and joined to it."""
    if setup.way != "prefix":
        return 0.0
    return 2.0 * setup.virtual * 2 * shape.layer.keys * setup.compute


def boundary_bytes(shape: Shape, setup: Setup) -> float:
    """Kept by one layer for each token when its inside is recomputed: its input."""
    return shape.layer.hidden * _stream(setup)


def backward_bytes(shape: Shape, setup: Setup) -> float:
    """Alive at once in the backward pass of one layer, a token: gradients inside the MLP, the stream's, and
    the float32 copy that an adapter in float32 makes of what it reads."""
    layer = shape.layer
    inside = (3 if layer.gated else 2) * layer.middle
    adapted = [] if setup.trained == setup.compute else _adapted(shape, setup)
    copied = max((one.inputs for one in adapted), default=0) * setup.trained
    return inside * setup.compute + layer.hidden * _stream(setup) + copied


def head_bytes(shape: Shape, setup: Setup, tokens: int) -> float:
    """The head and the loss at their peak, for so many tokens, with the gradients that they make."""
    vocabulary, hidden, short = shape.vocabulary, shape.layer.hidden, setup.compute
    around = tokens * hidden * (_FLOAT + 2 * short)  # the last norm's copies, and what the head reads
    if shape.classes:
        # The head scores every position, and one of each sequence is read; scores and their gradient.
        return around + tokens * shape.classes * 2 * short
    logits = tokens * vocabulary
    if setup.head == "chunked":
        tile = min(tokens, _TRL_TOKENS) * _TRL_COLUMNS * short  # as wide for a small vocabulary
        gradient = _FLOAT * vocabulary * hidden if setup.way == "full" else 0
        return around + tokens * hidden * (_FLOAT + short) + tile + gradient
    if setup.head == "litgpt":
        # Logits and their log-softmax, both in the short format, in chunks of 128 positions
        return around + logits * 2 * short
    if setup.head == "torchtune":
        return around + logits * short * (1 + 1 / _CHUNKS)
    # Cross entropy in float32: log-softmax, its gradient and that of the logits
    return around + logits * (3 * _FLOAT + (short if setup.head == "logits_kept" else 0))


def _adapted(shape: Shape, setup: Setup) -> list[Linear]:
    """The matrices of a layer that have a LoRA."""
    return shape.targets(setup.targets) if setup.way in ("lora", "qlora") else []


def _scaled(shape: Shape, setup: Setup) -> float:
    """Factors of IA3's products: the inputs and outputs that it scales, before they are."""
    at_input, at_output = scaled(shape, setup)
    return (sum(one.inputs for one in at_input) + sum(one.outputs for one in at_output)) * setup.compute


def _stream(setup: Setup) -> int:
    """Bytes a number of the residual stream: the format of the embeddings."""
    return _FLOAT if setup.wide_residual else setup.weights


def _norms(layer: Layer, setup: Setup) -> float:
    stream = _stream(setup)
    trained = setup.way == "full"
    if layer.norm == "layer":
        # It keeps its input; under autocast a float32 copy of it, one for each norm
        copied = setup.autocast and stream != _FLOAT
        kept = (
            (layer.norms if copied or not _parallel(layer) else 1)
            * layer.hidden
            * (_FLOAT if setup.autocast else stream)
        )
    else:
        kept = layer.norms * layer.hidden * (_FLOAT + (stream if trained else 0))
    if layer.head_norms:
        kept += (layer.queries + layer.keys) * (_FLOAT + (setup.compute if trained else 0))
    return kept


def _parallel(layer: Layer) -> bool:
    """Attention and MLP beside each other, with a norm each, read the same stream."""
    return layer.norm == "layer" and layer.norms == 2 and not layer.gated


def _attention(layer: Layer, setup: Setup, length: int) -> float:
    """Queries, keys, values and output, with a log-sum-exp in float32 for every head."""
    short, wide = setup.compute, layer.queries
    if setup.code == "litgpt":
        if layer.kv_heads == layer.heads:
            # Values are a view, which keeps the whole fused projection
            values = wide + 2 * layer.keys
            kept = (wide + layer.keys + values + wide) * short
        else:
            kept = 4 * wide * short
    else:
        repeated = setup.code == "torchtune" or (setup.attention != "flash" and setup.masked)
        keys = wide if repeated else layer.keys
        # Of a fused projection the values are a view, which keeps the whole of it
        values = wide + 2 * layer.keys if layer.fused and keys == layer.keys else keys
        kept = (wide + keys + values + wide) * short
    if setup.attention == "eager":
        return kept + layer.heads * length * (_FLOAT + short)
    mask = length * short if setup.attention == "sdpa" and setup.masked else 0
    return kept + layer.heads * _FLOAT + mask


def _mlp(layer: Layer, setup: Setup) -> float:
    """The operands of the activation, and of the gate's product."""
    tensors = 3 if layer.gated else 4 if layer.composed_gelu and setup.code == "transformers" else 1
    gathered = layer.experts_per_token * layer.hidden
    return (tensors * layer.middle + gathered) * setup.compute


def _inputs(layer: Layer, setup: Setup, adapted: list[Linear]) -> float:
    """What goes into the matrices that have a gradient."""
    short = setup.compute
    if setup.way == "full":
        if setup.autocast and setup.weights != short:
            # Each matrix casts the float32 norm for itself; attention's output is in the short format already
            return sum(one.inputs for one in layer.linears if one.reads != "heads") * short
        return _distinct(layer, layer.linears, without=("heads",)) * short
    kept = 0.0
    if setup.quantised and setup.quantised_keeps_input:
        kept += _distinct(layer, layer.linears, without=("heads",)) * short
    return kept + _adapters(layer, setup, adapted)


def _adapters(layer: Layer, setup: Setup, adapted: list[Linear]) -> float:
    inner = setup.rank * short_or_wide(setup)
    dropped = setup.dropout > 0
    if setup.code == "litgpt":
        return _litgpt_adapters(layer, setup, adapted)
    if setup.code == "torchtune" or (not setup.autocast and setup.trained == setup.compute and not dropped):
        without = () if setup.quantised_keeps_input else ("heads",)
        return _distinct(layer, adapted, without=without) * setup.compute + len(adapted) * inner
    # PEFT casts the input to the adapter's format for each adapter; autocast then casts it back
    copy = setup.compute if setup.autocast else setup.trained
    mask = 1 if dropped else 0
    twice = 2 if setup.dora else 1  # DoRA goes through the base matrix once more, for the norm's scale
    out = sum(one.outputs for one in adapted) * copy if setup.dora else 0
    return sum(one.inputs for one in adapted) * (copy * twice + mask) + len(adapted) * inner + out


def _litgpt_adapters(layer: Layer, setup: Setup, adapted: list[Linear]) -> float:
    """One adapter over the fused query, key and value; where it is not on all three, its output is copied."""
    copy = setup.compute + (1 if setup.dropout else 0)
    first = [one for one in adapted if one.reads == "attention"]
    rest = [one for one in adapted if one.reads != "attention"]
    kept = sum(one.inputs for one in rest) * copy + len(adapted) * setup.rank * setup.compute
    if first:
        kept += layer.hidden * copy
        enabled = sum(one.outputs for one in first)
        if enabled < layer.queries + 2 * layer.keys:
            kept += enabled * setup.compute
    return kept


def short_or_wide(setup: Setup) -> int:
    """Bytes a number inside an adapter."""
    return setup.compute if setup.autocast else setup.trained


def _distinct(layer: Layer, linears: Iterable[Linear], without: tuple[str, ...]) -> int:
    """Widths of the different tensors that these matrices read; what attention gives out is kept anyway."""
    widths = {one.reads: one.inputs for one in linears if one.reads not in without}
    if layer.shared_norm and "attention" in widths:
        widths.pop("mlp", None)
    return sum(widths.values())
