"""Per-example gradients against autograd, one example and one plain forward pass at a time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from curate.workspace import Workspace
from schemas.example import Example
from schemas.recipe import Train
from train.auditing.signals.asking import Answers
from train.auditing.signals.gradients import Gradients
from train.fitting.compute import Compute, choose
from train.fitting.model import Base, add_adapter, load_model
from train.tokens import TokenRow, prepare

WEIGHTS = np.array([0.5, 0.3, 0.2])
BASES = {
    "lora": {},
    "over 4 bits": {"method": "qlora"},
    "dora, example by example": {"method": "dora"},
    "the ghost product": {"lora": {"r": 512, "alpha": 512, "dropout": 0.1}},
}


@pytest.fixture(params=BASES.values(), ids=BASES.keys())
def adapted(
    request: pytest.FixtureRequest, workspace: Workspace, small_base: Any
) -> tuple[Any, Compute, Answers]:
    """A model whose adapter has moved away from where it starts, with its fused head."""
    from trl.trainer.utils import add_fused_lm_head

    settings = workspace.recipe.train
    assert settings is not None
    train = Train.model_validate(settings.model_dump() | request.param)
    compute = choose(train)
    model = load_model(Base(str(small_base), local=True), train, compute)
    add_fused_lm_head(model, outputs=("log_probs", "is_top1"))
    model = add_adapter(model, train, seed=3)
    torch.manual_seed(5)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float() + 0.1 * torch.randn(parameter.shape)
    return model, compute, Answers(train, 3)


@pytest.fixture
def rows(examples: list[Example], tokenizer: Any) -> list[TokenRow]:
    found = list(prepare(examples[:9], tokenizer, 256).rows)
    weighed = replace(found[4], weights=tuple(0.5 for _ in found[4].trained))
    return [*found[:4], weighed, *found[5:]]


def naive(model: Any, row: TokenRow) -> torch.Tensor:
    """The gradient of one example's loss, all trained parameters end to end."""
    model.zero_grad()
    ids, labels = torch.tensor([list(row.input_ids)]), torch.tensor(row.labels)
    logits = model(input_ids=ids, use_cache=False).logits[0, :-1].float()
    each = cross_entropy(logits, labels[1:], ignore_index=-100, reduction="none")
    (each * torch.tensor(row.token_weights)[1:]).sum().backward()
    parts = [p.grad.reshape(-1).double() for p in model.parameters() if p.requires_grad]
    model.zero_grad()
    return torch.cat(parts)


def test_cosines_are_those_of_autograd_example_by_example(
    adapted: tuple[Any, Compute, Answers], rows: Sequence[TokenRow], request: pytest.FixtureRequest
) -> None:
    model, compute, answers = adapted
    compute = replace(compute, tokens_at_once=400)
    gradients = Gradients(model, lambda asked: answers.losses(model, asked, 0, compute), compute)
    worse, asked = rows[:3], rows[3:]
    done: list[int] = []
    direction = gradients.direction(worse, WEIGHTS, done.append)
    found = np.full(len(asked), np.nan)
    batches = 0
    for indices, cosines in gradients.cosines(asked, direction):
        found[indices] = cosines
        batches += 1
    assert gradients.by_layer == ("dora" not in request.node.callspec.id)
    assert batches > 1
    assert sum(done) == len(worse)
    aim = sum(w / row.n_trained * naive(model, row) for w, row in zip(WEIGHTS.tolist(), worse, strict=True))
    assert isinstance(aim, torch.Tensor)
    expected = [float(torch.cosine_similarity(naive(model, row), aim, dim=0)) for row in asked]
    assert found == pytest.approx(expected, abs=1e-4)
    assert np.ptp(found) > 0.02  # far more than the tolerance
    assert not any(p.grad is not None for p in model.parameters())
