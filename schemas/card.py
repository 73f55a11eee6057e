"""The recipe's `card` section: what only the author of a model can say of it."""

from schemas.section import Section


class Card(Section):
    """Goes into the model card. `license` is that of the adapter or model, as the hub names licences
    (apache-2.0); `data_license` that of the data, in words."""

    license: str | None = None
    data_license: str | None = None
    intended_use: str | None = None
    language: tuple[str, ...] = ()
