"""What is in force of a journal's decisions."""

from collections.abc import Iterable, Iterator

from schemas.decision import Decision, Ruling


def standing(decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Of a journal's decisions, oldest first, those that were not undone; undos and skips are left out."""
    listed = list(decisions)
    undone = {d.undoes for d in listed if d.undoes is not None}
    for decision in listed:
        if decision.undoes is None and decision.seq not in undone and decision.verdict != "skip":
            yield decision


def rulings_of(decisions: Iterable[Decision]) -> dict[str, Ruling]:
    """Rulings from a journal's decisions, oldest first."""
    latest: dict[str, dict[str, Decision]] = {}
    for decision in standing(decisions):
        by_annotator = latest.setdefault(decision.example_id, {})
        if decision.adjudicates:
            by_annotator.clear()
        by_annotator.pop(decision.annotator, None)
        by_annotator[decision.annotator] = decision
    return {example_id: Ruling(example_id, tuple(found.values())) for example_id, found in latest.items()}
