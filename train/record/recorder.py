"""The loss of every example, read off the forward pass that trains: no second pass, no full logits.

TRL's fused LM head answers each micro-batch with the log-probability of every trained token. A hook on the
model sums them by example where they are, on the device; they cross to the host once an optimiser step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StepLosses:
    """The examples of one optimiser step. Arrays share one length; `nll` in nats, summed over `counted`
    trained tokens in all. `aux` is the mean of a mixture-of-experts model's balancing losses, else 0.
    `reweighed`: what weights of tokens add to the sum of nll, Σ (weight - 1) · nll."""

    rows: NDArray[np.int64]
    nll: NDArray[np.float64]
    max_token_nll: NDArray[np.float64]
    n_correct: NDArray[np.int32]
    counted: int
    aux: float
    reweighed: float = 0.0

    @classmethod
    def of(cls, shares: Sequence["StepLosses"]) -> "StepLosses":
        """What several processes saw of one step."""
        return cls(
            rows=np.concatenate([share.rows for share in shares]),
            nll=np.concatenate([share.nll for share in shares]),
            max_token_nll=np.concatenate([share.max_token_nll for share in shares]),
            n_correct=np.concatenate([share.n_correct for share in shares]),
            counted=sum(share.counted for share in shares),
            aux=float(np.mean([share.aux for share in shares])),
            reweighed=sum(share.reweighed for share in shares),
        )


class StepSums:
    """The losses of an optimiser step's examples, kept on the device until `take` hands them over."""

    share = 1.0
    """Of a micro-batch that goes through in portions: what the next one counts for in a mean of them."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._sums: list[torch.Tensor] = []
        self._totals: list[torch.Tensor] = []
        self._shares = 0.0

    def add(
        self,
        rows: Sequence[int],
        sums: torch.Tensor,
        counted: torch.Tensor,
        aux: torch.Tensor,
        reweighed: torch.Tensor | None = None,
    ) -> None:
        """One forward pass: `sums` (3, len(rows)) are nll, highest nll of a token, tokens predicted right;
        `counted` trained tokens in all, `aux` a balancing loss or 0."""
        self._rows.extend(rows)
        self._sums.append(sums)
        more = torch.zeros_like(aux) if reweighed is None else reweighed
        self._totals.append(torch.stack([counted.double(), aux.double() * self.share, more.double()]))
        self._shares += self.share

    def take(self) -> StepLosses:
        """Everything seen since the last call, in one transfer to the host."""
        sums = torch.cat([*(s.reshape(-1) for s in self._sums), *self._totals]).cpu().numpy()
        passes = len(self._totals)
        flat, totals = sums[: sums.size - 3 * passes], sums[sums.size - 3 * passes :].reshape(passes, 3)
        nll, highest, correct = _join(flat, [s.shape[1] for s in self._sums])
        losses = StepLosses(
            rows=np.array(self._rows, dtype=np.int64),
            nll=nll,
            max_token_nll=highest,
            n_correct=correct.astype(np.int32),
            counted=int(totals[:, 0].sum()),
            aux=float(totals[:, 1].sum() / self._shares) if passes else 0.0,
            reweighed=float(totals[:, 2].sum()),
        )
        self.clear()
        return losses

    def clear(self) -> None:
        """Forgets what was seen since the last `take`."""
        self._rows, self._sums, self._totals, self._shares = [], [], [], 0.0


class Recorder(StepSums):
    """Sees each forward pass of a model with TRL's fused LM head. `expect` names the examples of the next.

    `reweighed`: Σ (weight - 1) · nll of the last pass, whose tokens had weights; a gradient goes through it.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self._expected: Sequence[int] | None = None
        self._weights: torch.Tensor | None = None
        self.reweighed: torch.Tensor | None = None
        self._hook = model.register_forward_hook(self._see, with_kwargs=True)

    def expect(self, rows: Sequence[int], weights: torch.Tensor | None = None) -> None:
        """The examples of the next forward pass, in the order they stand in its input; `weights` of its
        tokens, in the input's shape."""
        self._expected, self._weights, self.reweighed = rows, weights, None

    def clear(self) -> None:
        super().clear()
        self._expected = self._weights = self.reweighed = None

    def close(self) -> None:
        self._hook.remove()

    def _see(self, _module: Any, _args: Any, kwargs: dict[str, Any], output: Any) -> None:
        if self._expected is None:
            return
        if self._weights is not None:
            # Virtual tokens stand before those that have weights, and position 0 is predicted by none.
            weights = self._weights[:, 1:].to(output.log_probs.device)
            self.reweighed = ((1 - weights) * output.log_probs[:, -weights.shape[1] :]).sum()
        with torch.no_grad():
            sums = sum_by_example(output, kwargs.get("seq_idx"), len(self._expected))
            aux = output.aux_loss if output.aux_loss is not None else sums.new_zeros(())
            self.add(self._expected, sums, output.label_mask.sum(), aux, self.reweighed)
        self._expected = None


def sum_by_example(output: Any, seq_idx: torch.Tensor | None, examples: int) -> torch.Tensor:
    """(3, examples) float64: nll, highest nll of a token, tokens predicted right, of a fused output (B, L−1).

    `seq_idx` (1, L) tells the example of each token of a packed batch; without it each row is an example.
    What stands behind the examples is a blank, which fills up a round of several processes.
    """
    nll = -output.log_probs.detach().double()
    correct = output.is_top1.double() * output.label_mask
    if seq_idx is None:
        return torch.stack([nll.sum(1), nll.amax(1), correct.sum(1)])[:, :examples]
    # The entry at position i is about the token at i + 1.
    example = seq_idx[0, 1:].long().clamp(max=examples)
    empty = nll.new_zeros(examples + 1)
    sums = torch.stack(
        [
            empty.index_add(0, example, nll[0]),
            empty.scatter_reduce(0, example, nll[0], "amax"),
            empty.index_add(0, example, correct[0]),
        ]
    )
    return sums[:, :examples]


def _join(
    flat: NDArray[np.float64], lengths: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Blocks of (3, n) laid end to end, as three arrays over all n."""
    if not lengths:
        return np.empty(0), np.empty(0), np.empty(0)
    blocks = np.split(flat, np.cumsum([3 * n for n in lengths])[:-1])
    joined = np.concatenate([block.reshape(3, -1) for block in blocks], axis=1)
    return joined[0], joined[1], joined[2]
