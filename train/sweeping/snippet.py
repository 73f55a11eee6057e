"""The best settings as a recipe has them, and whether they lie at the edge of what was tried."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from train.sweeping.compare import Comparison, Row
from train.sweeping.trials import shown


def snippet(row: Row) -> str:
    """YAML to lay over the recipe's `train`."""
    nested: dict[str, Any] = {}
    for path, value in row.settings.items():
        *sections, name = path.split(".")
        inner = nested
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[name] = value
    text = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump({"train": nested}, text)
    return text.getvalue()


def edges(found: Comparison) -> Iterator[str]:
    """Sentences on numbers of the best setting that are the largest or smallest of at least two tried."""
    if found.best is None:
        return
    for name, value in found.best.settings.items():
        tried = {
            row.settings[name]
            for row in found.rows
            if row.complete and isinstance(row.settings.get(name), int | float)
        }
        if isinstance(value, bool) or not isinstance(value, int | float) or len(tried) < 2:
            continue
        for end, word in ((max(tried), "largest"), (min(tried), "smallest")):
            if value == end:
                yield f"{name} {shown(value)} is the {word} that was tried: a better one may lie beyond"
