"""The signals of a run by name: what each means, which end of it is the worst, and what it needs.

One registry, from which `train losses --sort`, `train.review_queue`, the queues of the review and their help
are made.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Signal = Literal[
    "loss", "gain", "rise", "noise", "ifd", "ifd_base", "confidence", "variability", "correctness",
    "forgotten", "forgettings", "learned", "slope", "seen_loss", "first_loss", "worst_token", "mistaken",
]  # fmt: skip
SIGNALS: tuple[Signal, ...] = get_args(Signal)
Needs = Literal["adapter", "base", "epochs", "seen", "ifd", "either", "classes"]


@dataclass(frozen=True, slots=True)
class Column:
    """`worst`: the end that comes first in a queue. `unknown_worst`: an example without the number stands
    before all others, where it was measured at all. `says`: in words that finish "examples by …"."""

    worst: Literal["high", "low"]
    needs: Needs
    unit: str
    says: str
    unknown_worst: bool = False


COLUMNS: dict[Signal, Column] = {
    "loss": Column("high", "adapter", "nats/token", "the adapter's loss in its last snapshot"),
    "gain": Column("low", "base", "nats/token", "what training took off the base model's loss"),
    "rise": Column("high", "adapter", "nats/token", "the last loss above the lowest of the snapshots"),
    "noise": Column("high", "either", "of 1", "how likely it is wrong: the mean of the parts shown with it"),
    "ifd": Column("high", "ifd", "×", "the adapter's loss over that of the answer without its prompt"),
    "ifd_base": Column("high", "ifd", "×", "the same ratio for the base model"),
    "confidence": Column("low", "either", "of 1", "the mean probability of its tokens over the epochs"),
    "variability": Column("high", "epochs", "of 1", "how that probability varies over the epochs"),
    "correctness": Column("low", "either", "of 1", "the mean share of its tokens predicted right"),
    "forgotten": Column("high", "epochs", "of 1", "the share of its tokens that were right and then no more"),
    "forgettings": Column("high", "epochs", "times", "how often the whole answer was right and then no more"),
    "learned": Column("high", "either", "epoch", "the epoch when all its tokens were right first", True),
    "slope": Column("high", "epochs", "nats/token/epoch", "how its loss changed over the epochs"),
    "seen_loss": Column("high", "seen", "nats/token", "the mean over epochs of the loss seen in training"),
    "first_loss": Column("high", "seen", "nats/token", "the loss when training saw it first"),
    "worst_token": Column("high", "adapter", "nats", "the loss of its worst token in the last snapshot"),
    "mistaken": Column("high", "classes", "of 1", "how much likelier the class predicted is than its own"),
}  # fmt: skip

MENDS: dict[Needs, str] = {
    "adapter": "add `epoch` to train.snapshots and train again",
    "base": "add `base` to train.snapshots and train again",
    "epochs": "train for two epochs or more, or add `epoch` to train.snapshots",
    "seen": "name the train split: no other is seen in training",
    "ifd": "measure it with `train ifd RUN`",
    "either": "train for an epoch or more",
    "classes": "train one with `task: classification`",
}
LACKS: dict[Needs, str] = {
    "adapter": "no snapshot of the adapter",
    "base": "no snapshot of the base model",
    "epochs": "fewer than two measurements of an example",
    "seen": "no loss seen in training",
    "ifd": "no losses of answers without their prompts",
    "either": "no loss of the adapter",
    "classes": "no predicted classes: the run is no classification",
}
