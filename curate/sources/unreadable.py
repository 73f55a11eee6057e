"""Files that cannot be read at all: all of them in one error, so that they can be mended together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from curate.sources.files import LocatedFile
from curate.sources.importing import checked_tables
from schemas.errors import SourceError
from schemas.recipe import Recipe

_SHOWN = 8  # problems


@dataclass(slots=True)
class _Problem:
    """What is wrong with some files, in words that fit each."""

    said: str
    mend: str
    files: list[str] = field(default_factory=list)

    def text(self) -> str:
        more = len(self.files) - 1
        others = f" and {more:,} file{'' if more == 1 else 's'} more" if more else ""
        return f"{self.files[0]}{others}: {self.said}"


def unreadable(files: Iterable[LocatedFile], recipe: Recipe, root: Path) -> SourceError | None:
    """One error for all files that are damaged or whose columns hold no conversation; None where there are
    none, or only such as are seen when their rows are read."""
    problems: dict[tuple[str, str], _Problem] = {}
    for file in files:
        if file.path is None:
            continue
        try:
            for _ in checked_tables(file, recipe, root):
                pass
        except SourceError as error:
            said = error.problem.removeprefix(f"{file.name}: ").removeprefix(f"{file.path}: ")
            problem = problems.setdefault((said, error.mend), _Problem(said, error.mend))
            problem.files.append(file.name)
    if not problems:
        return None
    every = list(problems.values())
    lines = [problem.text() for problem in every[:_SHOWN]]
    left = sum(len(problem.files) for problem in every[_SHOWN:])
    lines += [f"and {left:,} file{'' if left == 1 else 's'} more"] if left else []
    mends = list(dict.fromkeys(problem.mend for problem in every[:_SHOWN]))
    mends += (
        ["`curate import --dry-run` shows each of them"] if len(every) > 1 or len(every[0].files) > 1 else []
    )
    return SourceError("\n       ".join(lines), "; ".join(mends))
