"""Gradients of what a run trains, by example: the cosine of each with one direction.

    direction = Σ weight · ∇ loss of some examples     cosine = ⟨∇ lossᵢ, direction⟩ / |∇ lossᵢ| |direction|

Where all that is trained are weights of linear layers, as LoRA's are, a batch goes through together. The
gradient of a layer's weight for one example is Σₜ δₜ xₜᵀ over its tokens, of inputs x and gradients δ at the
outputs; so its product with the direction D is Σₜ δₜᵀ D xₜ. Its norm is taken of the small matrix itself, or,
where that is the larger one, of the tokens' products, Σₜₛ (δₜ·δₛ)(xₜ·xₛ), without ever forming it: the ghost
product (Goodfellow 2015, arXiv:1510.01799; Li et al. 2021, arXiv:2110.05679). Nothing outlives its layer's
backward pass, so memory is that of a training step. Anything else (DoRA's magnitudes, IA3, prompts, whole
models) goes example by example, by autograd. Both are exact.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from accelerate.utils.memory import clear_device_cache

from schemas.arrays import Floats
from schemas.errors import UsageError
from train.fitting.compute import Compute
from train.fitting.endings import is_out_of_memory
from train.rows import Row

Direction = dict[str, torch.Tensor]
Losses = Callable[[Sequence[Any]], torch.Tensor]
"""(rows,) nats of these rows by the model as it stands, to be differentiated."""


class _NotByLayer(Exception):
    """A layer's pass is none of one batch: it is called more than once, or sees its tokens in another
    shape."""


class Gradients:
    """Of a model in eval mode, by the losses that it gives; what requires a gradient is what is trained."""

    def __init__(self, model: Any, losses: Losses, compute: Compute) -> None:
        model.eval()
        self._ask = losses
        self._compute = compute
        # A GPU trains with activations computed again; here they are kept.
        self._at_once = compute.tokens_at_once // (8 if compute.device == "cuda" else 2)
        self._trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._layers = _linear_layers(model, self._trained)
        # In half precision small gradients would vanish; a factor for all changes no cosine.
        self._scale = 1024.0 if compute.precision == "float16" else 1.0
        self.by_layer = self._layers is not None

    def direction(self, rows: Sequence[Row], weights: Floats, tick: Callable[[int], None]) -> Direction:
        """Σ weight · ∇ loss, the loss of an example in nats per trained token. By parameter, float32."""
        per_token = {
            i: float(w) / row.n_trained for i, (row, w) in enumerate(zip(rows, weights, strict=True))
        }
        total = {name: torch.zeros_like(p, dtype=torch.float32) for name, p in self._trained.items()}
        left = self._batches(rows, range(len(rows)))
        while left:
            batch = left.pop()
            try:
                losses = self._losses([rows[i] for i in batch])
                scale = losses.new_tensor([per_token[i] for i in batch])
                found = torch.autograd.grad(
                    (losses * scale).sum(), list(self._trained.values()), allow_unused=True
                )
            except (RuntimeError, MemoryError) as error:
                left = self._smaller(error, rows, [batch, *left])
                continue
            for name, gradient in zip(self._trained, found, strict=True):
                if gradient is not None:
                    total[name] += gradient.float()
            tick(len(batch))
        return total

    def cosines(self, rows: Sequence[Row], direction: Direction) -> Iterator[tuple[list[int], list[float]]]:
        """Indices of some rows, and their cosines; batch by batch, longest first. 0 where a gradient is 0."""
        length = sum(float((d.double() ** 2).sum()) for d in direction.values()) ** 0.5
        left = self._batches(rows, range(len(rows)))
        while left:
            batch = left.pop()
            try:
                products, squares = self._against([rows[i] for i in batch], direction)
            except _NotByLayer:
                self.by_layer = False
                left = self._batches(rows, [i for one in (batch, *left) for i in one])
                continue
            except (RuntimeError, MemoryError) as error:
                left = self._smaller(error, rows, [batch, *left])
                continue
            norms = np.sqrt(squares) * length
            cosines = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
            yield batch, cosines.tolist()

    def _against(self, rows: Sequence[Row], direction: Direction) -> tuple[Floats, Floats]:
        """Products of the rows' gradients with the direction, and their squared norms."""
        if self.by_layer and self._layers is not None:
            with _Tap(self._layers, direction, len(rows)) as tap:
                losses = self._losses(rows)
                tap.backward(losses.sum())
            return tap.products.cpu().numpy(), tap.squares.cpu().numpy()
        products, squares = np.zeros(len(rows)), np.zeros(len(rows))
        for i, row in enumerate(rows):
            loss = self._losses([row]).sum()
            found = torch.autograd.grad(loss, list(self._trained.values()), allow_unused=True)
            for name, gradient in zip(self._trained, found, strict=True):
                if gradient is not None:
                    products[i] += float((gradient.double() * direction[name].double()).sum())
                    squares[i] += float((gradient.double() ** 2).sum())
        return products, squares

    def _losses(self, rows: Sequence[Row]) -> torch.Tensor:
        """(rows,) nats, times `_scale`."""
        with torch.enable_grad(), self._compute.autocast():
            return self._ask(rows) * self._scale

    def _batches(self, rows: Sequence[Row], indices: Sequence[int]) -> list[list[int]]:
        """To be taken from the end: the longest rows stand there, so that what is too big fails at once."""
        ordered, batches = sorted(indices, key=lambda i: (-len(rows[i]), i)), []
        start = 0
        while start < len(ordered):
            longest = len(rows[ordered[start]]) + self._compute.virtual_tokens
            size = max(1, self._at_once // longest)
            batches.append(ordered[start : start + size])
            start += size
        return batches[::-1]

    def _smaller(
        self, error: Exception, rows: Sequence[Row], left: Sequence[Sequence[int]]
    ) -> list[list[int]]:
        """What is left in smaller batches, where memory ran out; raises anything else again, and UsageError
        where a row alone is too much."""
        if not is_out_of_memory(error):
            raise error
        if len(left[0]) == 1:
            raise UsageError(
                f"memory is too short for the gradient of one example of {len(rows[left[0][0]])} tokens",
                "ask where there is more of it",
            ) from error
        clear_device_cache(garbage_collection=True)
        self._at_once = len(left[0]) // 2 * max(len(rows[i]) for i in left[0])
        return self._batches(rows, [i for batch in left for i in batch])


class _Tap:
    """Listens at linear layers to one forward and backward pass of a batch."""

    def __init__(self, layers: dict[str, Any], direction: Direction, size: int) -> None:
        self._layers = layers
        self._direction = direction
        self._size = size
        self._hooks: list[Any] = []
        self._calls: dict[str, int] = {}
        self._outputs: list[torch.Tensor] = []
        device = next(iter(direction.values())).device
        self.products = torch.zeros(size, dtype=torch.float64, device=device)
        self.squares = torch.zeros_like(self.products)

    def __enter__(self) -> "_Tap":
        for name, layer in self._layers.items():
            self._hooks.append(layer.register_forward_hook(self._listener(name)))
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()
        self._outputs.clear()

    def backward(self, loss: torch.Tensor) -> None:
        """Asks for the gradients at the outputs alone."""
        torch.autograd.grad(loss, self._outputs, allow_unused=True)

    def _listener(self, name: str) -> Callable[..., None]:
        def listen(_layer: Any, args: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
            self._calls[name] = self._calls.get(name, 0) + 1
            if self._calls[name] > 1 or output.dim() != 3 or output.shape[0] != self._size:
                raise _NotByLayer
            inputs = args[0].detach()
            self._outputs.append(output)
            output.register_hook(lambda delta: self._add(name, inputs, delta))

        return listen

    def _add(self, name: str, inputs: torch.Tensor, delta: torch.Tensor) -> None:
        """inputs (batch, tokens, in), delta (batch, tokens, out)."""
        x, d = inputs.float(), delta.detach().float()
        goal = self._direction[name].to(x)
        with torch.autocast(x.device.type, enabled=False):
            self.products += ((x @ goal.T) * d).sum((1, 2)).double()
            tokens, size = x.shape[1], x.shape[2] * d.shape[2]
            if size > tokens * (x.shape[2] + d.shape[2]):
                squares = ((x @ x.transpose(1, 2)) * (d @ d.transpose(1, 2))).sum((1, 2))
            else:
                squares = (d.transpose(1, 2) @ x).square().sum((1, 2))
        self.squares += squares.double()


def _linear_layers(model: Any, trained: dict[str, torch.Tensor]) -> dict[str, Any] | None:
    """By the name of their weight, where nothing but weights of linear layers is trained; else None."""
    layers = {
        f"{name}.weight": module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module.weight.requires_grad
    }
    return layers if layers.keys() == trained.keys() else None
