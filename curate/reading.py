"""What others may ask of a workspace besides its versions: a file read as a source would be, and vectors.

Nothing is written, and nothing that is read joins the data.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from curate.workspace import Workspace
from schemas.example import Example
from schemas.recipe import Source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Say = Callable[[str], None]
Encode = Callable[[Sequence[str]], "npt.NDArray[np.float32]"]


def read_source(workspace: Workspace, path: str, say: Say) -> list[Example]:
    """The examples of a file, glob or `hf:owner/dataset[/config][:split]`, in any format that import knows,
    each once; a line to `say` on every file, and on rows that could not be read. Raises SourceError."""
    from curate.sources import import_sources

    recipe = workspace.recipe.model_copy(update={"sources": (Source(path=path),)})
    imported = import_sources(recipe, workspace.root, say)
    unique = {example.example_id: example for example in imported.examples}
    if len(unique) < len(imported.examples):
        say(f"{path}: {len(imported.examples) - len(unique)} rows stand there twice and count once")
    return list(unique.values())


def sentence_encoder(workspace: Workspace) -> Encode | None:
    """The recipe's sentence model (`dedup.semantic`) as texts to vectors (n, size); None where it names none.
    Raises MissingPackage; RecipeError where there is no such model."""
    dedup = workspace.recipe.dedup
    if dedup is None or dedup.semantic is None:
        return None
    from curate.meaning.sentence_model import make_embedder

    return make_embedder(dedup.semantic.model, workspace.root).encode
