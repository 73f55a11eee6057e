"""The rubric: a Markdown file that says what is judged. Each heading `## name` is a criterion, scored 1 to 5;
what stands above the first says how to judge in general.

A rubric's version is the hash of all that the judge is told: other words make other scores.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from schemas.errors import RecipeError

MOST_CRITERIA = 12
_HEADING = re.compile(r"^##[ \t]+(?P<name>.*?)[ \t#]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VERSION_LENGTH = 12
_MEND = "write each criterion as a heading, such as `## correctness`, and below it what its scores mean"


@dataclass(frozen=True, slots=True)
class Rubric:
    """`criteria` are the names in the file's order; `instructions` is all that the judge is told, and
    `version` names it."""

    criteria: tuple[str, ...]
    instructions: str
    version: str


def load_rubric(path: Path | None) -> Rubric:
    """The rubric of a file, or the one that ships. Raises RecipeError where it cannot be read or has no
    criteria."""
    if path is None:
        return rubric_of(_shipped("rubric"), "default")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"judge.rubric: {path} cannot be read ({error})", "name a Markdown file") from None
    return rubric_of(text, path.stem)


def rubric_of(text: str, name: str) -> Rubric:
    """The rubric in `text`; `name` begins its version. Raises RecipeError."""
    criteria = tuple(_slug(match["name"]) for match in _HEADING.finditer(text))
    twice = sorted({c for c in criteria if criteria.count(c) > 1})
    odd = sorted(c for c in criteria if not _NAME.fullmatch(c))
    if not criteria:
        raise RecipeError(f"judge.rubric: {name} has no criterion", _MEND)
    if twice or odd or len(criteria) > MOST_CRITERIA:
        problem = (
            f"has the criterion {twice[0]!r} twice"
            if twice
            else f"has the criterion {odd[0]!r}, which is no name"
            if odd
            else f"has {len(criteria)} criteria, more than {MOST_CRITERIA}"
        )
        raise RecipeError(f"judge.rubric: {name} {problem}", _MEND)
    words = _shipped("frame").replace("{criteria}", ", ".join(criteria)).replace("{rubric}", text.strip())
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
    return Rubric(criteria, words, f"{name}-{digest[:_VERSION_LENGTH]}")


def shipped_rubric() -> str:
    """The text of the rubric that ships, to begin one's own with."""
    return _shipped("rubric")


def _slug(heading: str) -> str:
    """`Helpful & kind` is `helpful_kind`."""
    return re.sub(r"\W+", "_", heading.strip().lower()).strip("_")


def _shipped(name: str) -> str:
    return files("curate.judge").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
