"""A sweep as plain data, for `--json` and `sweep.json`. Keys do not change, keys may be added."""

from dataclasses import asdict
from typing import Any

from train.sweeping.compare import Row, Tried
from train.sweeping.running import Plan, Sweep
from train.sweeping.snippet import edges


def record(sweep: Sweep) -> dict[str, Any]:
    found = sweep.found
    return {
        "sweep": sweep.path.name,
        "dataset_version": sweep.dataset_version,
        "examples": found.examples,
        "of": found.of,
        "best": found.best.name if found.best else None,
        "edges": list(edges(found)),
        "pending": sweep.pending,
        "rows": [_row(row) for row in found.rows],
    }


def plan_record(plan: Plan) -> dict[str, Any]:
    return {
        "dataset_version": plan.version.version,
        "steps": sum(one.steps for one in plan.trials),
        "trials": [
            {
                "settings": dict(one.trial.settings),
                "seed": one.trial.seed,
                "steps": one.steps,
                "run": run.id if (run := plan.standing.of(one)) else None,
                "state": run.state if run else None,
            }
            for one in plan.trials
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "settings": dict(row.settings),
        "complete": row.complete,
        "validation": row.validation,
        "seeds": [row.seeds_low, row.seeds_high],
        "against_best": asdict(row.against_best) if row.against_best else None,
        "test": row.test,
        "minutes": row.minutes,
        "trained_weights": row.weights,
        "pareto": {"minutes": row.pareto_minutes, "weights": row.pareto_weights},
        "runs": [_tried(one) for one in row.tried],
    }


def _tried(one: Tried) -> dict[str, Any]:
    return {
        "seed": one.trial.seed,
        "run": one.run.id if one.run else None,
        "state": one.state,
        "steps": one.steps,
        "why": one.why,
    }
