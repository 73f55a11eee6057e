"""`train export`."""

from pathlib import Path
from typing import Any

import click

from curate.edge import recipe_option, say
from schemas.training import Task
from train.using.commands.options import base_option, force_option, out_option, prepare


@click.command()
@click.argument("name", metavar="RUN")
@recipe_option
@click.option(
    "--to", "way", required=True, type=click.Choice(["merged", "adapter", "gguf", "ollama", "openai"])
)
@out_option
@click.option("--dtype", type=click.Choice(["float32", "bfloat16", "float16"]), help="The base's own if not.")
@click.option("--tolerance", type=click.FloatRange(min=0), help="Nats per token that a loss may move.")
@click.option(
    "--llama-cpp",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="gguf, ollama: llama.cpp's checkout; ollama takes safetensors without.",
)
@click.option(
    "--outtype",
    type=click.Choice(["auto", "f32", "f16", "bf16", "q8_0"]),
    default="auto",
    show_default=True,
    help="gguf: the number format.",
)
@click.option("--upload", is_flag=True, help="openai: send the files to the endpoint.")
@click.option(
    "--start", metavar="MODEL", help="openai: send them, and start a job on MODEL. This is paid for."
)
@click.option("--epochs", type=click.IntRange(min=1), help="openai: of the job; the endpoint chooses if not.")
@base_option
@force_option
def export(
    name: str,
    recipe_path: Path,
    way: str,
    out: Path | None,
    dtype: Any,
    tolerance: float | None,
    llama_cpp: Path | None,
    outtype: Any,
    upload: bool,
    start: str | None,
    epochs: int | None,
    base_model: str | None,
    force: bool,
) -> None:
    """Write RUN for others to use; prints the folder last.

    merged: safetensors. adapter: for PEFT and vLLM. gguf: by llama.cpp's converter. ollama: a Modelfile
    with the template and system prompt of training. openai: fine-tuning JSONL of the run's data.
    """
    if way != "openai" and (upload or start or epochs):
        raise click.UsageError("--upload, --start and --epochs belong to --to openai")
    if way == "openai":
        target = _export_openai(name, recipe_path, out, upload, start, epochs, force)
    else:
        prepare()
        from train.using.exporting import WAYS, Wanted
        from train.using.opened import open_for_use

        task: Task | None = None if way in ("merged", "adapter") else "generation"
        opened = open_for_use(recipe_path, name, say=say, base_model=base_model, force=force, task=task)
        target = out or opened.run.path / "export" / way
        WAYS[way](opened, target, Wanted({"dtype": dtype, "tolerance": tolerance}, llama_cpp, outtype), say)
    click.echo(target)


def _export_openai(
    name: str,
    recipe_path: Path,
    out: Path | None,
    upload: bool,
    start: str | None,
    epochs: int | None,
    force: bool,
) -> Path:
    """Needs neither weights nor training's packages."""
    from curate.workspace import Workspace
    from train import lock
    from train.store import open_run
    from train.using import openai_file, openai_job
    from train.using.opened import need_task

    workspace = Workspace.open(recipe_path)
    run = open_run(workspace, name)
    need_task(run, "generation")
    found = list(lock.differences(run, lock.read(run), workspace.recipe.system_prompt, [], None))
    for line in lock.check(found, run.id, force):
        say(line)
    target = out or run.path / "export" / "openai"
    files = openai_file.write(workspace.version(run.info.dataset_version), target)
    say(", ".join(f"{n:,} {split}" for split, n in files.examples.items()) + " examples")
    if files.unsure:
        say(f"{files.unsure:,} examples may be over {openai_file.MAX_TOKENS:,} tokens, and would be cut")
    if upload or start:
        sent = openai_job.send(
            files,
            model=start,
            epochs=epochs,
            suffix=workspace.recipe.name,
            seed=workspace.recipe.seed,
            force=force,
            say=say,
        )
        say(f"job {sent.job} of {sent.model} is started" if sent.job else f"uploaded: {sent.training_file}")
    return target
