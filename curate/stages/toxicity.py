"""toxicity: rows are dropped or flagged by the highest score of any of their messages.

The scorer is passed in, so the stage itself reads nothing but its rows. An example gets one event, for the
label that scores highest at or above its threshold, and the message in which it does. Thresholds go by label
and role; the event says which one applied.
"""

from collections.abc import Callable, Iterator, Sequence

from curate.toxicity.thresholds import threshold
from schemas.example import Example
from schemas.ledger import Action, Event
from schemas.recipe import Toxicity as Settings
from schemas.stage import Outcome, Scope

Scorer = Callable[[Sequence[str]], list[dict[str, float]]]
Words = Callable[[str], list[str]]


class Toxicity:
    """Scores the content of every message; blank ones are not scored. `words` gives what of a text a backend
    goes by, for the event. Pickles if its scorer does."""

    name = "toxicity"
    version = 3
    scope: Scope = "row"

    def __init__(self, settings: Settings, scorer: Scorer, words: Words | None = None) -> None:
        self._settings = settings
        self._scorer = scorer
        self._words = words

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        texts = list(dict.fromkeys(m.content for row in rows for m in row.messages if m.content.strip()))
        scores = dict(zip(texts, self._scorer(texts), strict=True)) if texts else {}
        kept: list[Example] = []
        events: list[Event] = []
        for row in rows:
            worst = max(self._over(row, scores), default=None)
            if worst is None:
                kept.append(row)
                continue
            event = self._event(row, *worst)
            events.append(event)
            if event.action != "dropped":
                kept.append(row.flagged(event.reason))
        return Outcome(kept, events)

    def _over(self, row: Example, scores: dict[str, dict[str, float]]) -> Iterator[tuple[float, int, str]]:
        """Score, minus the message's index (so that the first one is the highest) and label."""
        for index, message in enumerate(row.messages):
            for label, score in scores.get(message.content, {}).items():
                if score >= threshold(self._settings, message.role, label)[0]:
                    yield score, -index, label

    def _event(self, row: Example, score: float, minus_index: int, label: str) -> Event:
        index = -minus_index
        role = row.messages[index].role
        words = {"words": self._words(row.messages[index].content)} if self._words else {}
        applied, key = threshold(self._settings, role, label)
        return Event(
            example_id=row.example_id,
            stage=self.name,
            action=self._action(row),
            reason=f"toxicity:{label}",
            score=score,
            threshold=applied,
            detail={"message": index, "role": role, "threshold_of": key, **words},
        )

    def _action(self, row: Example) -> Action:
        if self._settings.action == "flag":
            return "flagged"
        return "kept_by_review" if row.protected else "dropped"
