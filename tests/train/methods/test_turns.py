"""What the assistant's turns count for: in the rows and in the loss that is trained on, not in the tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import train
from curate.workspace import Workspace
from schemas.example import Example
from train.tokens import IGNORE, TokenRow, prepare

TURNS = (("user", "One?"), ("assistant", "First."), ("user", "Two?"), ("assistant", "Second."))
LONG = (*TURNS, ("user", "Three?"), ("assistant", "Third."))
NewWorkspace = Callable[..., Workspace]


@pytest.fixture
def told(make_example: Callable[..., Example], tokenizer: Any) -> Callable[..., Any]:
    def told(turns: Any, weights: Any, max_length: int = 256) -> tuple[list[str], tuple[float, ...]]:
        """What is trained, in words, and its weights."""
        rows = prepare([make_example(*turns)], tokenizer, max_length, weights).rows
        return words(rows[0], tokenizer), rows[0].weights

    return told


def words(row: TokenRow, tokenizer: Any) -> list[str]:
    spans = [list(row.input_ids[start:stop]) for start, stop in row.trained]
    return [tokenizer.decode(span, skip_special_tokens=True).strip() for span in spans]


def test_weights_are_for_the_last_turns(told: Callable[..., Any]) -> None:
    assert told(LONG, "all") == (["First.", "Second.", "Third."], ())
    assert told(LONG, "last") == (["Third."], ())
    assert told(LONG, (0.5, 1.0)) == (["First.", "Second.", "Third."], (0.5, 0.5, 1.0))
    assert told(TURNS, (0.1, 0.2, 0.3)) == (["First.", "Second."], (0.2, 0.3))
    assert told(LONG, (0.0, 2.0, 1.0)) == (["Second.", "Third."], (2.0, 1.0))


def test_a_last_turn_that_is_cut_off_leaves_nothing(make_example: Any, tokenizer: Any) -> None:
    long = make_example(*LONG)
    first = prepare([long], tokenizer, 256).rows[0].trained[0][1]
    other = make_example(("user", "Hm?"), ("assistant", "Yes."))
    prepared = prepare([long, other], tokenizer, first, "last")
    assert [row.example_id for row in prepared.rows] == [other.example_id]
    assert "its prompt alone fills max_length" in prepared.untrainable[0].reason


@pytest.mark.parametrize(
    "settings",
    [{"packing": True}, {"packing": False}, {"method": "prompt", "prompt": {"tokens": 3}}],
    ids=["packed", "padded", "prompt"],
)
def test_turns_are_weighed_in_the_loss_that_is_trained_on_alone(
    tmp_path: Path, new_workspace: NewWorkspace, settings: dict[str, Any], tokenizer: Any
) -> None:
    """At a rate that moves nothing, what a step saw is what the last snapshot measured of each token."""
    workspace = new_workspace(
        tmp_path, **{"method": "lora", **settings}, epochs=1, learning_rate=1e-15, turn_weights=[0.25, 1.0]
    )
    run = train.run("tiny0001", recipe=workspace.recipe_path)
    examples = workspace.version("tiny0001").examples()
    rows = {row.example_id: row for row in prepare(examples, tokenizer, 256, (0.25, 1.0)).rows}
    tokens = run.tokens().query("model == 'adapter'").set_index("example_id")["nll"]
    seen = run.losses().query("kind == 'seen'")
    logged = {m["step"]: m["loss"] for m in run.metrics() if "loss" in m}
    assert any(rows[name].weights for name in seen["example_id"])
    for step, part in seen.groupby("step"):
        weighed = 0.0
        for name, nll in zip(part["example_id"], part["nll_sum"], strict=True):
            assert nll == pytest.approx(sum(tokens[name]), rel=1e-4)
            row = rows[name]
            weights = [w for w, label in zip(row.token_weights, row.labels, strict=True) if label != IGNORE]
            weighed += sum(w * token for w, token in zip(weights, tokens[name], strict=True))
        assert logged[step] == pytest.approx(weighed / part["n_tokens"].sum(), rel=1e-4)
