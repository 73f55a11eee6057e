"""Which threshold a score acts at, by label and role."""

import difflib
from collections.abc import Sequence

from schemas.errors import RecipeError
from schemas.recipe import RoleThresholds, Toxicity


def threshold(settings: Toxicity, role: str, label: str) -> tuple[float, str]:
    """The threshold of a label in a message of this role, and the recipe's key that says it: the role's own
    of the label; else the lower of the role's and the label's; else the one of all."""
    of_role = settings.roles.get(role)
    given: list[tuple[float, str]] = []
    if isinstance(of_role, RoleThresholds):
        if label in of_role.labels:
            return of_role.labels[label], f"roles.{role}.labels.{label}"
        of_role = of_role.threshold
    if of_role is not None:
        given.append((of_role, f"roles.{role}"))
    if label in settings.labels:
        given.append((settings.labels[label], f"labels.{label}"))
    return min(given, default=(settings.threshold, "threshold"))


def named_labels(settings: Toxicity) -> set[str]:
    of_roles = (role.labels for role in settings.roles.values() if isinstance(role, RoleThresholds))
    return {label for labels in (settings.labels, *of_roles) for label in labels}


def check_above(settings: Toxicity, least: float, why: str) -> None:
    """Raises RecipeError for a threshold that is not above `least`."""
    given = [("threshold", settings.threshold), *((f"labels.{k}", v) for k, v in settings.labels.items())]
    for role, of_role in settings.roles.items():
        if not isinstance(of_role, RoleThresholds):
            given.append((f"roles.{role}", of_role))
            continue
        given += [(f"roles.{role}.labels.{k}", v) for k, v in of_role.labels.items()]
        given += [(f"roles.{role}", of_role.threshold)] if of_role.threshold is not None else []
    for key, value in given:
        if value <= least:
            raise RecipeError(
                f"toxicity.{key}: {value:g} is not above {least:g}, below which {why} asks no further",
                "raise it, or use mode: exact",
            )


def check_labels(settings: Toxicity, known: Sequence[str]) -> None:
    """Raises RecipeError for a threshold of a label that the model does not score."""
    for label in sorted(named_labels(settings) - set(known)):
        nearest = difflib.get_close_matches(label, known, n=1, cutoff=0.5)
        mend = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(known)}"
        raise RecipeError(f"toxicity: the model has no label {label!r}", mend)
