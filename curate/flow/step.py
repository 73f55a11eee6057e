"""Step: a stage with its key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.stage import Feature, MakingStage, Stage, TableStage

Features = Callable[[int], Sequence[Feature]]  # by the number of rows


def nothing(_rows: int) -> Sequence[Feature]:
    """No features."""
    return ()


@dataclass(frozen=True, slots=True)
class Step:
    """A stage and a key for all that decides what it does with given rows: its version, its settings, the
    files that it reads, the packages whose rules it applies. `features` are asked for by a table stage and by
    those after it that see the same rows. `told` is what else the stage is told of single examples (a
    ClusteredStage's notes, as JSON)."""

    stage: Stage | TableStage | MakingStage
    key: str
    features: Features = nothing
    told: object = None

    @property
    def inputs(self) -> object:
        """All that goes into a build by this step."""
        return [self.key, self.told] if self.told else self.key
