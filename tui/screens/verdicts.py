"""What the screens share that keep and drop one example after another."""

from tui.model.row_list import RowList
from tui.screens.listing import ListingScreen


class VerdictsScreen(ListingScreen):
    """What is listed are rows of the version."""

    listed: RowList | None

    @property
    def example_id(self) -> str | None:
        example = self.listed.example if self.listed else None
        return example.example_id if example else None

    def place(self, what: str) -> str:
        """`3/12 children · 9 left · ada`, for the line of status."""
        if self.listed is None:
            return what
        here = self.listed.cursor.position + 1 if len(self.listed) else 0
        who = self._bench.review.verdicts.annotator
        return f"{here:,}/{len(self.listed):,} {what} · {self.listed.open:,} left · {who}"

    def action_keep_shown(self) -> None:
        self.change(RowList.keep)

    def action_drop_shown(self) -> None:
        self.change(RowList.drop)

    def action_next_open(self) -> None:
        self.change(RowList.to_next)
