"""Today by the clock of this machine, beside times as the journal holds them: texts."""

from collections.abc import Callable
from datetime import UTC, datetime


def midnight() -> datetime:
    """When this day began."""
    return datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)


def not_before(moment: datetime) -> Callable[[str], bool]:
    """Whether an ISO 8601 time is not before that. Most are in UTC, and then texts are compared."""
    in_utc = moment.astimezone(UTC).isoformat()

    def holds(text: str) -> bool:
        if text.endswith("+00:00"):
            return text >= in_utc
        return datetime.fromisoformat(text) >= moment

    return holds
