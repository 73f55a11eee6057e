"""Linear layers that run faster on a CPU: packed for oneDNN at full precision, or quantised to eight bits."""

import warnings
from typing import Any


def pack(model: Any) -> None:
    """Replaces the model's linear layers by ones whose weights lie in oneDNN's layout, in place.
    The same arithmetic in another order: scores differ in the seventh decimal. Without oneDNN they stay."""
    import torch

    if not torch.backends.mkldnn.is_available():
        return
    for name, layer in list(model.named_children()):
        if type(layer) is torch.nn.Linear and layer.weight.dtype is torch.float32:
            setattr(model, name, _packed(layer))
        else:
            pack(layer)


def _packed(linear: Any) -> Any:
    import torch

    class Packed(torch.nn.Module):
        """`torch.nn.Linear` for inference, float32. Models ask `weight` for its type and device."""

        def __init__(self) -> None:
            super().__init__()
            self.mkldnn_weight = linear.weight.detach().to_mkldnn()
            self.mkldnn_bias = None if linear.bias is None else linear.bias.detach().to_mkldnn()

        @property
        def weight(self) -> Any:
            return self.mkldnn_weight

        def forward(self, x: Any) -> Any:
            packed = torch._C._nn.mkldnn_linear(  # type: ignore[attr-defined, unused-ignore]
                x.to_mkldnn(), self.mkldnn_weight, self.mkldnn_bias
            )
            return packed.to_dense()

    return Packed()


def quantised(model: Any) -> Any:
    """The model with its linear layers in int8, their activations quantised as they come."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", module="torch.*")
        quantise: Any = torch.ao.quantization.quantize_dynamic
        return quantise(model, {torch.nn.Linear}, dtype=torch.qint8)
