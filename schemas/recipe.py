"""Recipe: the YAML a user writes, as types. `schemas.recipe_file` reads the file into these.

A stage whose key is absent does not run, but for import, normalise, edits, exact dedup, split and write.
Unknown keys are errors. Units stand in the names; fractions are 0 to 1.
"""

from pathlib import PurePath
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from schemas.card import Card as Card
from schemas.evaluation import Eval as Eval
from schemas.filtering import Decontaminate as Decontaminate
from schemas.filtering import Dedup as Dedup
from schemas.filtering import EntityAction as EntityAction
from schemas.filtering import FilterAction as FilterAction
from schemas.filtering import Pii as Pii
from schemas.filtering import Quality as Quality
from schemas.filtering import QualityRules as QualityRules
from schemas.filtering import RoleThresholds as RoleThresholds
from schemas.filtering import RuleAction as RuleAction
from schemas.filtering import Semantic as Semantic
from schemas.filtering import Toxicity as Toxicity
from schemas.llm import STRATEGIES as STRATEGIES
from schemas.llm import STYLES as STYLES
from schemas.llm import Augment as Augment
from schemas.llm import Judge as Judge
from schemas.llm import Llm as Llm
from schemas.llm import Rewrites as Rewrites
from schemas.llm import Score as Score
from schemas.llm import Strategy as Strategy
from schemas.llm import Style as Style
from schemas.review import Review as Review
from schemas.section import Fraction, Section
from schemas.source import Columns as Columns
from schemas.source import Format as Format
from schemas.source import Role as Role
from schemas.source import Source as Source
from schemas.sweep import Sweep as Sweep
from schemas.training import Train as Train


class Split(Section):
    """Fractions of the groups by hash. `group_by` names metadata fields that keep rows together."""

    train: Fraction = 0.8
    validation: Fraction = 0.1
    test: Fraction = 0.1
    group_by: tuple[str, ...] = ()

    @model_validator(mode="after")
    def fractions_add_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"train, validation and test add up to {total:g}, not to 1")
        return self


class Checks(Section):
    """Gates of `curate build --check`, beside leaks and empty splits. They are no part of a version's
    identity. `max_rejected` is the most of one file's rows that may be no examples.
    `max_removed_by_source` is by file or glob; `pin` is a count by its name in the manifest
    (`train`, `dedup.dropped`), or its least and most. Rows over a `share` do not count as removed."""

    max_rejected: Fraction = 0.25
    max_removed: Fraction = 0.5
    max_removed_by_source: dict[str, Fraction] = {}
    pii_residue: bool = True
    pin: dict[str, int | tuple[int, int]] = {}


class Recipe(Section):
    """The whole recipe. `workspace` is the folder for everything built, relative to the recipe; `journal` a
    URL of PostgreSQL or another file for the decisions, which lie in the workspace when it is absent."""

    name: str = "dataset"
    seed: int = 17
    system_prompt: str | None
    workspace: str = ".siftune"
    journal: str | None = None
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    dedup: Dedup | None = None
    pii: Pii | None = None
    toxicity: Toxicity | None = None
    quality: Quality | None = None
    judge: Judge | None = None
    decontaminate: Decontaminate | None = None
    split: Split = Split()
    augment: Augment | None = None
    checks: Checks = Checks()
    train: Train | None = None
    eval: Eval = Eval()
    sweep: Sweep | None = None
    card: Card = Card()
    review: Review = Review()

    @field_validator("workspace")
    @classmethod
    def workspace_is_named(cls, value: str) -> str:
        if not value.strip() or PurePath(value) == PurePath():
            raise ValueError("the workspace needs a folder of its own, such as .siftune")
        return value
