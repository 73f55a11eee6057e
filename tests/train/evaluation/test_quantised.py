"""`train quant-check`: the same questions over 32, 8 and 4 bits, on whatever this machine can run."""

import pytest
from click.testing import CliRunner

from curate.workspace import Workspace
from schemas.errors import GateError, UsageError
from train.cli import group
from train.evaluation.quantised import check_rise, loss_rises, quant_check
from train.evaluation.result import Evaluation


def test_three_precisions(desk: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    found = quant_check(recipe=desk.recipe_path, split="train", max_new_tokens=3, few_shot=2)
    (result,) = found.sets
    assert found.info.absent == {}
    assert [system.name for system in result.systems] == ["float32", "int8", "nf4"]
    assert [system.loss_from for system in result.systems] == ["run", "measured", "measured"]
    assert [(c.first, c.second) for c in result.comparisons] == [("float32", "int8"), ("float32", "nf4")]
    sizes = [system.weights_bytes or 0 for system in result.systems]
    assert sizes[0] > sizes[1] > sizes[2] > 0
    rises = loss_rises(found)
    changed = {name: abs(contrast.difference or 0.0) for name, contrast in rises.items()}
    assert 0 < changed["int8"] < changed["nf4"]  # 4 bits are further off than 8
    assert "MatMul8bitLt" not in capfd.readouterr().err
    check_rise(found, 10.0)
    with pytest.raises(
        GateError, match=r"the loss rose in int8 by .*, nf4 by .* nats per token, more than -10"
    ):
        check_rise(found, -10.0)
    update = {"sets": (result.model_copy(update={"comparisons": ()}),), "absent": {"int8": "no kernel"}}
    nothing = Evaluation(found.path, found.info.model_copy(update=update))
    with pytest.raises(UsageError, match="no quantised model runs on this machine: no kernel"):
        check_rise(nothing, 1.0)


def test_the_command(desk: Workspace) -> None:
    command = ["quant-check", "--recipe", str(desk.recipe_path), "--limit", "2", "--max-new-tokens", "2"]
    failed = CliRunner().invoke(group, [*command, "--max-loss-rise", "-10"])
    assert isinstance(failed.exception, GateError)
    assert "weights in memory" in failed.stdout
