"""The overview: what waits for me, how far everyone is, what became of the rows, and the latest run."""

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip

from tui.actions.action import shown
from tui.model.overview import Known, Overview, Place
from tui.screens.base import bindings_of
from tui.screens.counted import CountedScreen
from tui.widgets.sections import sections


class OverviewScreen(CountedScreen):
    NAME = "overview"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "counting what waits"
    listed: Overview | None

    def on_mount(self) -> None:
        """Before the base class begins to read."""
        self._bench.review.team.catch_up()

    def read(self) -> Known:
        return Known.read(self._bench.workspace, self._bench.review)

    def opened(self, found: Known) -> Overview:
        screens = [
            Place("screen", entry.name, entry.about, key=shown(self._registry.keys_of(f"go_{entry.name}")[0]))
            for entry in self._registry.screens
            if entry.name != self.NAME
        ]
        return Overview(self._bench.review, self._bench.dataset.manifest, found, screens)

    def status(self) -> str:
        return f"overview · version {self._bench.dataset.version} · {self._bench.review.verdicts.annotator}"

    def nothing(self) -> Sequence[str]:
        return ()

    def page(self, width: int) -> list[Strip]:
        return sections(self.listed.sections, width) if self.listed is not None else []

    def action_choose(self) -> None:
        overview = self.listed
        if overview is None:
            return
        if overview.chosen.kind == "screen":
            self.go(overview.chosen.name)
        else:
            self.act(overview.open, lambda: self.go("review"))
