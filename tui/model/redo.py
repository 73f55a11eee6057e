"""What a decision makes of those that were undone: it is the redo of the last one, or ends what could be
redone."""

from schemas.decision import Decision

_SAID = ("example_id", "verdict", "labels", "messages", "reason", "note")


def decided(undone: list[Decision], decision: Decision) -> None:
    if undone and all(getattr(undone[-1], name) == getattr(decision, name) for name in _SAID):
        undone.pop()
    else:
        undone.clear()
