"""A stage that sees and returns all rows, as a table stage: what changed becomes a Delta."""

from typing import Literal

import numpy as np

from schemas.stage import Delta, Rows, Stage


class AsTable:
    scope: Literal["table"] = "table"

    def __init__(self, stage: Stage) -> None:
        self.name, self.version = stage.name, stage.version
        self._stage = stage

    def __call__(self, rows: Rows) -> Delta:
        before = [rows[at] for at in range(len(rows))]
        outcome = self._stage(before)
        places = {(row.source, row.line): at for at, row in enumerate(before)}
        kept = {places[row.source, row.line]: row for row in outcome.rows}
        ids = {row.example_id: at for at, row in reversed(list(enumerate(before)))}
        groups = np.arange(len(before))
        clusters = np.full(len(before), -1)
        for at, row in kept.items():
            groups[at] = ids[row.group_id] if row.group_id else at
            clusters[at] = ids[row.cluster_id] if row.cluster_id else -1
        return Delta(
            [at for at in range(len(before)) if at not in kept],
            outcome.events,
            outcome.pairs,
            {at: row.flags for at, row in kept.items() if row.flags != before[at].flags},
            group_of=groups,
            cluster_of=clusters,
        )
