"""`README.md` in a folder that holds an adapter, or a model made of one."""

from pathlib import Path

from curate import atomic
from curate.workspace import Workspace
from train.modelcard.facts import facts
from train.modelcard.metadata import Kind, metadata
from train.modelcard.sections import text
from train.reporting.slices import Slice
from train.store import Run
from train.template import Tokenizer

CARD = "README.md"


def write_card(
    run: Run,
    workspace: Workspace,
    tokenizer: Tokenizer,
    folder: Path,
    kind: Kind,
    *,
    splits: tuple[Slice, ...] | None = None,
    note: str = "",
) -> Path:
    """Writes the card over one that lies there. `splits`: the losses where they were counted already; `note`:
    Markdown that stands at its head.
    Raises RunError where the run is not finished."""
    known = facts(run, workspace, tokenizer, splits)
    data = metadata(known, kind).to_yaml(line_break="\n")
    path = folder / CARD
    atomic.write_text(path, f"---\n{data}\n---\n\n{text(known, kind, folder, note)}")
    return path
