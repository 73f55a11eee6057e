"""The recipe's `sweep` section: which settings of `train` are tried, how they are chosen, how far it goes."""

import difflib
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin

from pydantic import BaseModel, Field, JsonValue, field_validator, model_validator

from schemas.section import Section
from schemas.training import Train


class Range(Section):
    """A number between `low` and `high`, for `method: random`: a whole one where both are; with `log` every
    power of ten is as likely as the next."""

    low: float | int
    high: float | int
    log: bool = False

    @model_validator(mode="after")
    def ends_are_in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError("log needs a low above 0")
        return self


Values = Annotated[tuple[JsonValue, ...], Field(min_length=1)]


class Sweep(Section):
    """Settings of `train` by dotted path, such as `lora.r`. `over`: the values to try of each (`grid`: all
    combinations; `random`: drawn). `settings`: the combinations themselves (`list`). Each is trained with
    every one of `seeds`, the recipe's when empty. No run is begun after `runs` runs or `minutes` minutes."""

    method: Literal["grid", "random", "list"] = "grid"
    over: dict[str, Values | Range] = Field(default={})
    settings: tuple[dict[str, JsonValue], ...] = ()
    seeds: tuple[int, ...] = ()
    runs: Annotated[int, Field(ge=1)] | None = None
    minutes: Annotated[float, Field(gt=0)] | None = None

    @field_validator("over")
    @classmethod
    def over_names_settings(cls, value: dict[str, Any]) -> dict[str, Any]:
        _check(value)
        return value

    @field_validator("settings")
    @classmethod
    def settings_name_settings(cls, value: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        for one in value:
            _check(one)
        return value

    @model_validator(mode="after")
    def method_has_what_it_needs(self) -> Self:
        if self.method == "list":
            if not self.settings or self.over:
                raise ValueError("method: list takes `settings`, a list of mappings, and no `over`")
            return self
        if not self.over or self.settings:
            raise ValueError(f"method: {self.method} takes `over`, values by setting, and no `settings`")
        ranges = [name for name, values in self.over.items() if isinstance(values, Range)]
        if self.method == "grid" and ranges:
            raise ValueError(f"{', '.join(ranges)}: a grid needs values, not a range; or method: random")
        if self.method == "random" and self.runs is None:
            raise ValueError("method: random needs `runs`, how many to draw")
        return self


def _check(named: dict[str, Any]) -> None:
    """Raises ValueError for a path that `train` does not have."""
    known = list(_paths(Train))
    for name in named:
        if name not in known:
            last = {path.rpartition(".")[2]: path for path in known}
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            guess = last.get(name) or (nearest[0] if nearest else "lora.r")
            raise ValueError(f"train has no setting {name}; did you mean {guess}?")


def _paths(model: type[BaseModel]) -> Iterator[str]:
    """Every setting of a section with dots, sections themselves too."""
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from (f"{name}.{path}" for path in _paths(inner))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, Annotated):
        for part in get_args(annotation):
            yield from _models(part)
