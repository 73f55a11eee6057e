"""Step: a stage with its key."""

from dataclasses import dataclass

from schemas.stage import Stage, TableStage


@dataclass(frozen=True, slots=True)
class Step:
    """A stage and a key for all that decides what it does with given rows: its version, its settings, the
    files that it reads, the packages whose rules it applies."""

    stage: Stage | TableStage
    key: str
