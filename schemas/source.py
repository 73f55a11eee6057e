"""Sources of a recipe: which files are read, and how."""

import difflib
from encodings import aliases
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from schemas.section import Section

Role = Literal["system", "user", "assistant", "tool", "drop"]
Format = Literal["auto", "messages", "sharegpt", "alpaca", "prompt_completion", "text", "columns"]


class Columns(Section):
    """Which column holds what, for `format: columns`. Columns not named here become metadata."""

    prompt: str
    completion: str
    system: str | None = None
    group: str | None = None
    tags: str | None = None


class Source(Section):
    """A file, a glob, or `hf:owner/dataset[/config][:split]`. Higher `priority` wins among duplicates.
    `share` is this source's largest share of the train split. `encoding` is that of text files without a
    mark, as Python names it; UTF-8 when None. `roles` are the source's own names of speakers;
    turns of those that are `drop` are left out."""

    path: str
    encoding: str | None = None
    format: Format = "auto"
    columns: Columns | None = None
    # Left out where it is empty: a recipe without it keeps the version that it made before there was one.
    roles: Annotated[dict[str, Role], Field(exclude_if=lambda roles: not roles)] = {}
    tags: tuple[str, ...] = ()
    priority: int = 1
    share: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None

    @model_validator(mode="after")
    def columns_belong_to_format(self) -> Self:
        if self.format == "columns" and self.columns is None:
            raise ValueError("format: columns needs `columns: {prompt: …, completion: …}`")
        return self

    @field_validator("encoding")
    @classmethod
    def encoding_exists(cls, value: str | None) -> str | None:
        try:
            "x".encode(value or "utf-8")
        except LookupError:
            names = sorted({*aliases.aliases.values(), "latin-1"})
            nearest = difflib.get_close_matches((value or "").lower().replace("-", "_"), names, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else "cp1252, latin-1 or utf-16, say"
            raise ValueError(f"{value} is no text encoding; {hint}") from None
        return value
