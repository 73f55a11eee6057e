"""Manifest: what went into a dataset version and what came out, counted."""

from pydantic import BaseModel, ConfigDict, Field


class SourceCount(BaseModel):
    """One source file or dataset: `rows` is all that it held, `rejected` of them unreadable. `named_by` is
    the path in the recipe that it goes by."""

    model_config = ConfigDict(frozen=True)
    path: str
    sha256: str
    format: str
    rows: int
    rejected: int
    named_by: str | None = None


class StageCount(BaseModel):
    """One stage's arithmetic: in + created = kept + Σ dropped. `seconds` is the one field of a
    version that two builds of the same inputs do not share."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)
    name: str
    rows_in: int = Field(alias="in")
    kept: int
    dropped: dict[str, int]
    edited: int
    flagged: int
    created: int
    seconds: float

    @property
    def closes(self) -> bool:
        return self.rows_in + self.created == self.kept + sum(self.dropped.values())


class Leaks(BaseModel):
    """The leak certificate: counted again over the finished splits."""

    model_config = ConfigDict(frozen=True)
    cross_split_pairs: int
    cross_split_groups: int


class FileHash(BaseModel):
    model_config = ConfigDict(frozen=True)
    sha256: str
    bytes: int
    rows: int | None = None


class Manifest(BaseModel):
    """`manifest.json` of a dataset version."""

    model_config = ConfigDict(frozen=True)
    version: str
    name: str
    inputs_sha256: str
    recipe_sha256: str
    sources: list[SourceCount]
    rows_in: int
    rejected: int
    created: int
    kept: int
    stages: list[StageCount]
    splits: dict[str, int]
    leaks: Leaks
    system_prompt_sha256: str
    decisions_applied: int
    complete: bool = True
    files: dict[str, FileHash] = {}

    @property
    def dropped(self) -> int:
        return sum(sum(s.dropped.values()) for s in self.stages)

    @property
    def closes(self) -> bool:
        return (
            all(s.closes for s in self.stages)
            and self.rows_in == self.rejected + self.dropped + self.kept - self.created
            and self.kept == sum(self.splits.values())
        )

    def to_json(self) -> str:
        return self.model_dump_json(indent=2, by_alias=True) + "\n"
