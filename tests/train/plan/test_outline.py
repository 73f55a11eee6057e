"""`train plan` as a whole: agrees with the run, needs no weights, tells a script and a person."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from curate.workspace import Workspace
from schemas.errors import RecipeError, UsageError
from train.cli import group
from train.fitting.fit import Fit
from train.fitting.interrupt import Interrupt
from train.plan.outline import Outline, outline
from train.plan.record import record
from train.progress import on_stderr
from train.session import begin

NewWorkspace = Callable[..., Workspace]
Command = Callable[..., "Done"]
WARNS = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def plan_of(workspace: Workspace, **settings: Any) -> Outline:
    return outline("tiny0001", recipe=workspace.recipe_path, **settings)


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`train plan` in a workspace, in this process."""

    def run(workspace: Workspace, *arguments: str) -> Done:
        monkeypatch.chdir(workspace.root)
        capsys.readouterr()
        code = group.main(["plan", "--version", "tiny0001", *arguments], standalone_mode=False)
        return Done(code, *capsys.readouterr())

    return run


@WARNS
@pytest.mark.parametrize(
    "settings",
    [
        {"packing": False, "epochs": 2.5},
        {"packing": True, "max_length": 512},
        {"packing": True, "batch": {"effective": 7, "per_device": 2}},
    ],
)
def test_a_run_goes_as_planned(tmp_path: Path, new_workspace: NewWorkspace, settings: Any) -> None:
    workspace = new_workspace(tmp_path, **settings)
    planned = plan_of(workspace)
    progress = on_stderr()
    made = Fit(begin(workspace, "tiny0001", progress), progress, Interrupt())
    arguments = made.trainer.args
    assert (
        arguments.max_steps,
        arguments.per_device_train_batch_size,
        arguments.gradient_accumulation_steps,
    ) == (
        planned.course.schedule.total_steps,
        planned.course.schedule.per_device,
        planned.course.schedule.accumulation,
    )
    assert len(made.trainer.train_dataset) == planned.course.sequences
    counts = made.folder.info.tokens
    assert counts is not None
    assert (counts.total, counts.trained) == (planned.tokens["total"], planned.tokens["trained"])
    trained = sum(p.numel() for p in made.trainer.model.parameters() if p.requires_grad)
    assert trained == next(memory.trained for memory in planned.memory if memory.way == "lora")


@pytest.fixture
def large(tmp_path: Path, small_base: Path, new_workspace: NewWorkspace) -> Workspace:
    """A workspace whose model is a config of eight billion weights and a tokenizer, without any weights."""
    folder = tmp_path / "models" / "large"
    shutil.copytree(small_base, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "head_dim": 128}
    config |= {"num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256}
    (folder / "config.json").write_text(json.dumps(config))
    return new_workspace(tmp_path / "work", model=str(folder), method="qlora")


def test_no_weights_are_needed(large: Workspace) -> None:
    planned = plan_of(large, gpu="h100")
    assert planned.shape.total > 7_500_000_000
    rooms = {(room.gpu.name, room.way): room for room in planned.rooms}
    assert rooms["T4", "qlora"].fits
    assert not rooms["RTX 4090", "full"].fits
    assert rooms["RTX 4090", "full"].largest == 0
    assert rooms["H200", "qlora"].largest > rooms["RTX 4090", "qlora"].largest > 0
    kept = {(one.recompute, one.attention): one.activations for one in planned.kept}
    assert kept[True, "flash"] < kept[False, "flash"]
    assert kept[True, "sdpa"] < kept[False, "sdpa"]
    assert kept[False, "flash"] < kept[False, "sdpa"]


def test_a_script_gets_all_of_it(large: Workspace, command: Command) -> None:
    done = command(large, "--json", "--gpu", "l40s", "--show", "1")
    assert (done.code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told == json.loads(json.dumps(record(plan_of(large, gpu="L40S", show=1))))
    assert told["memory_on"] == "L40S"
    assert told["examples"] == {"train": 24, "validation": 6, "test": 6}
    assert [memory["way"] for memory in told["memory"]] == ["full", "lora", "qlora"]
    for memory in told["memory"]:
        parts = memory["parts"]
        named = ("weights", "adapter", "gradients", "optimiser", "activations", "head", "context")
        assert sum(parts[name] for name in (*named, "fragmentation")) == pytest.approx(parts["total"], abs=10)
    assert len(told["gpus"]) == 11 * 3
    (rendered,) = told["rendered"]
    assert [piece["trained"] for piece in rendered["pieces"]][:2] == [False, True]


def test_a_person_reads_it_without_colour(large: Workspace, command: Command) -> None:
    done = command(large, "--plain", "--show", "1")
    assert (done.code, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    for heading in ("findings", "rows", "course", "memory in GB", "GPUs", "settings"):
        assert f"\n{heading}" in "\n" + done.stdout
    assert "what is trained stands in ⟦ ⟧" in done.stdout
    assert "<|assistant|>⟦" in done.stdout
    assert "<|end|>⟧" in done.stdout


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"learning_rate": 2e-4}, 0),
        ({"learning_rate": 1e-2}, 1),
        ({"learning_rate": 2e-4, "max_length": 64}, 1),
    ],
)
def test_strict_fails_on_a_warning(
    tmp_path: Path, new_workspace: NewWorkspace, command: Command, settings: Any, code: int
) -> None:
    workspace = new_workspace(tmp_path, **settings)
    assert command(workspace, "--strict", "--show", "0").code == code
    planned = plan_of(workspace)
    assert bool(planned.warnings) == bool(code)
    assert record(planned)["warnings"] == planned.warnings


@pytest.mark.parametrize("method", ["ia3", "prefix", "prompt"])
def test_a_method_beside_the_usual_ones_is_planned_beside_them(
    tmp_path: Path, new_workspace: NewWorkspace, command: Command, method: str
) -> None:
    workspace = new_workspace(tmp_path, method=method)
    planned = plan_of(workspace)
    assert [one.way for one in planned.memory] == ["full", "lora", "qlora", method]
    assert planned.memory[-1].parts.total < planned.memory[1].parts.total
    said = [(f.kind, f.level) for f in planned.findings]
    assert said
    assert set(said) == {("settings", "note")}
    assert f"{method} *" in command(workspace, "--show", "0").stdout


def test_errors_say_what_to_mend(workspace: Workspace, tiny_version: Any) -> None:
    assert tiny_version.version == "tiny0001"
    with pytest.raises(UsageError, match="did you mean RTX 4090"):
        plan_of(workspace, gpu="4090")
    recipe = workspace.recipe_path.read_text()
    workspace.recipe_path.write_text(recipe[: recipe.index("train:")])
    with pytest.raises(RecipeError, match="no `train` section"):
        outline("tiny0001", recipe=workspace.recipe_path)
