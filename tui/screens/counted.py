"""Lists counted from the whole journal: anew, in a thread, when the person comes back and after undo."""

from typing import Any

from tui.screens.listing import ListingScreen


class CountedScreen(ListingScreen):
    def shown(self) -> None:
        """Everything may have changed meanwhile."""
        self._bench.review.team.catch_up()
        if self.listed is not None:  # else it is being read
            self.load("", self.read, self._read_again)

    def written(self, several: bool) -> None:
        super().written(several)
        self.shown()

    def _read_again(self, found: Any) -> None:
        at = self.listed.cursor.position if self.listed is not None else 0
        self.listed = self.opened(found)
        if self.listed is not None:
            self.listed.cursor.go(at)
        self.paint()
