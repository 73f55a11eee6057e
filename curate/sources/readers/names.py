"""Names of columns that are made different, so that no cell is lost behind another one."""

from collections.abc import Iterable


def distinct(given: Iterable[str]) -> list[str]:
    """The names in their order; of one that was there before, with its position behind it."""
    names: list[str] = []
    for position, name in enumerate(given, start=1):
        names.append(f"{name}_{position}" if name in names else name)
    return names
