"""What all sections of a recipe share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """Unknown keys are errors, and what is read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def changed(self) -> set[str]:
        """Keys whose values are not their defaults."""
        fields = type(self).model_fields.items()
        return {name for name, field in fields if getattr(self, name) != field.default}
