"""What is asked of an evaluation: the recipe's `eval`, and what the caller says in its place."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from schemas.evaluation import Eval, Turns

FEW_SHOT = 4
HUB = "hf:"


@dataclass(frozen=True, slots=True)
class Asked:
    """`metrics`: empty for all built-in ones that fit. `few_shot`: 0 for no few-shot base. `general`: the
    name to show and where it lies, beside the recipe or absolute."""

    split: str = "test"
    base: bool = True
    few_shot: int = 0
    metrics: tuple[str, ...] = ()
    general: tuple[tuple[str, str], ...] = ()
    turns: Turns = "last"
    max_new_tokens: int | None = None
    limit: int | None = None

    @classmethod
    def of(cls, recipe: Eval, said: dict[str, Any]) -> "Asked":
        """`said` holds the keys of `Eval` that the caller gave, and `split`; None is not said. Paths of
        general sets that the caller gives are relative to where the caller stands."""
        said = {key: value for key, value in said.items() if value is not None}
        general = tuple((path, path) for path in recipe.general)
        if "general" in said:
            general = tuple((path, _from_here(path)) for path in said["general"])
        chosen = Eval.model_validate({**recipe.model_dump(exclude={"general"}), **_section(said)})
        few = chosen.few_shot or (FEW_SHOT if "few-shot" in chosen.against else 0)
        return cls(
            split=said.get("split", "test"),
            base="base" in chosen.against,
            few_shot=few,
            metrics=chosen.metrics,
            general=general,
            turns=chosen.turns,
            max_new_tokens=chosen.max_new_tokens,
            limit=chosen.limit,
        )

    def without_shots(self) -> "Asked":
        return replace(self, few_shot=0)

    @property
    def settings(self) -> dict[str, object]:
        """For `eval.json`."""
        return {name: getattr(self, name) for name in self.__slots__}


def _section(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in ("split", "general")}


def _from_here(path: str) -> str:
    return path if path.startswith(HUB) else str(Path.cwd() / Path(path).expanduser())
