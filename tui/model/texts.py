"""Texts that many decisions share, kept once each."""


class Texts:
    """The code of a text, or of several that stand together, is its place."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, ...]] = []
        self._codes: dict[tuple[str, ...], int] = {}

    def code(self, texts: tuple[str, ...]) -> int:
        code = self._codes.setdefault(texts, len(self.texts))
        if code == len(self.texts):
            self.texts.append(texts)
        return code

    def known(self, texts: tuple[str, ...]) -> int | None:
        return self._codes.get(texts)
