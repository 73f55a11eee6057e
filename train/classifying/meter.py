"""Snapshots of a model with a head: the loss of each example's class, and which class was predicted."""

import numpy as np
import torch
from numpy.typing import NDArray

from train.classifying.head import inputs
from train.classifying.rows import ClassRow
from train.record.snapshots import Answer, Snapshots

PREDICTED, PROBABILITY = 0, 1
"""Rows of `Measured.beside`: the id of the likeliest class, and the model's probability of it."""


class ClassMeter(Snapshots[ClassRow]):
    n_beside = 2

    def _forward(self, batch: list[int]) -> Answer:
        given = inputs([self.rows[i] for i in batch], self.pad_id, self.compute.device)
        labels = given.pop("labels")
        # As in training: float32, then summed in float64.
        scores = self.model(**given).logits.float().log_softmax(-1)
        nll = -scores.gather(1, labels[:, None])[:, 0]
        best, predicted = scores.max(-1)
        correct = predicted == labels
        rows = torch.stack([part.double() for part in (nll, nll, correct, predicted, best.exp())])
        found: NDArray[np.float64] = rows.cpu().numpy()
        return found, list(found[:1].astype(np.float32).T)
