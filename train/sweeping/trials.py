"""Trials: the settings and seeds that a recipe's `sweep` asks for, in the order in which they are trained."""

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.canonical import to_json
from schemas.errors import RecipeError
from schemas.recipe import Recipe, Sweep, Train
from schemas.sweep import Range

_TRIES = 50  # draws for each one that is wanted: few values may have fewer combinations
_DIGITS = 3  # of a number drawn from a range: nobody wants to read 0.00021377413


@dataclass(frozen=True, slots=True)
class Trial:
    """`settings`: what is varied, by dotted path. `train`: the whole section as it is trained."""

    settings: Mapping[str, Any]
    seed: int
    train: Train

    @property
    def key(self) -> str:
        """The same for the same settings, whatever the seed."""
        return to_json(dict(self.settings))

    def words(self) -> str:
        return ", ".join(f"{name} {shown(value)}" for name, value in self.settings.items())


def trials(recipe: Recipe) -> list[Trial]:
    """All of them, those of one setting side by side; at most `runs`. The same recipe has the same ones, and
    a larger `runs` only adds. Raises RecipeError for settings that `train` refuses, all of them at once."""
    sweep, train = recipe.sweep, recipe.train
    if sweep is None or train is None:
        missing = "train" if train is None else "sweep"
        example = "{over: {lora.r: [8, 16], learning_rate: [1e-4, 3e-4]}}"
        raise RecipeError(f"no `{missing}` section", f"add one, such as `{missing}: {example}`")
    seeds = sweep.seeds or (recipe.seed,)
    found: list[Trial] = []
    refused: list[str] = []
    for settings in _distinct(_settings(sweep, recipe.seed, len(seeds))):
        try:
            changed = applied(train, settings)
        except ValidationError as error:
            why = "; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors())
            refused.append(f"{', '.join(f'{k} {shown(v)}' for k, v in settings.items())}: {why}")
            continue
        found += [Trial(settings, seed, changed) for seed in seeds]
    if refused:
        raise RecipeError("sweep: " + "\n       ".join(refused), "leave those combinations out")
    return found[: sweep.runs]


def applied(train: Train, settings: Mapping[str, Any]) -> Train:
    """The section with these settings changed. Raises ValidationError."""
    values = train.model_dump(mode="json")
    for path, value in settings.items():
        *sections, name = path.split(".")
        inner = values
        for section in sections:
            if inner.get(section) is None:
                inner[section] = {}
            inner = inner[section]
        inner[name] = value
    return Train.model_validate(values)


def shown(value: Any) -> str:
    """A setting's value as a recipe would have it."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, bool) or value is None:
        return to_json(value)
    return value if isinstance(value, str) else to_json(value)


def _settings(sweep: Sweep, seed: int, seeds: int) -> Iterable[Mapping[str, Any]]:
    if sweep.method == "list":
        return sweep.settings
    if sweep.method == "grid":
        values = [one for one in sweep.over.values() if not isinstance(one, Range)]
        return (dict(zip(sweep.over, combination, strict=True)) for combination in itertools.product(*values))
    return _drawn(sweep, seed, math.ceil((sweep.runs or 1) / seeds))


def _drawn(sweep: Sweep, seed: int, count: int) -> Iterator[Mapping[str, Any]]:
    """`count` different settings, or all where there are fewer."""
    source = random.Random(f"sweep {seed}")
    seen: set[str] = set()
    for _ in range(count * _TRIES):
        drawn = {name: _draw(values, source) for name, values in sweep.over.items()}
        if (key := to_json(drawn)) not in seen:
            seen.add(key)
            yield drawn
        if len(seen) == count:
            return


def _draw(values: Any, source: random.Random) -> Any:
    if not isinstance(values, Range):
        return source.choice(values)
    low, high = values.low, values.high
    if values.log:
        drawn = math.exp(source.uniform(math.log(low), math.log(high)))
    else:
        drawn = source.uniform(low, high)
    if isinstance(low, int) and isinstance(high, int):
        return min(high, max(low, round(drawn)))
    return min(high, max(low, float(f"{drawn:.{_DIGITS}g}")))


def _distinct(settings: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    for one in settings:
        if (key := to_json(dict(one))) not in seen:
            seen.add(key)
            yield one
