"""What an evaluation of general data says about forgetting: in words that go no further than the intervals.

Fine-tuning on a narrow task raises the loss on other text (McCloskey & Cohen 1989, "catastrophic
interference"; of language models Luo et al. 2023). The adapter is compared with its own base model.
"""

from schemas.evaluation import Comparison
from train.evaluation.metrics.catalogue import LOSS, LOWER_IS_BETTER


def verdict(comparison: Comparison) -> str:
    """One sentence on the adapter (second) against its base (first)."""
    by_name = {contrast.metric: contrast for contrast in comparison.contrasts}
    loss = by_name.get(LOSS)
    worse = [
        name
        for name, contrast in by_name.items()
        if name != LOSS and contrast.sure and _worse(name, contrast.difference or 0.0)
    ]
    also = f"; worse in {', '.join(worse)}" if worse else ""
    if loss is None or loss.difference is None:
        return f"nothing to say: no example has a loss of both{also}"
    way = "rose" if loss.difference > 0 else "fell"
    change = f"the loss {way} by {abs(loss.difference):.4f} nats per token"
    if loss.low is None or loss.high is None:
        return f"not enough examples for an interval: {change}{also}"
    bounds = f"({loss.low:+.4f} to {loss.high:+.4f})"
    if loss.low > 0:
        return f"forgetting: {change} {bounds}{also}"
    if loss.high < 0:
        return f"{'forgetting' if worse else 'no forgetting seen'}: {change} {bounds}{also}"
    return f"{'forgetting' if worse else 'no forgetting shown'}: {change} {bounds}{also}"


def _worse(name: str, difference: float) -> bool:
    return difference > 0 if name in LOWER_IS_BETTER else difference < 0
