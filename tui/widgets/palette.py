"""ctrl+p: every action of the screen and every screen, found by a few letters of its name."""

from typing import Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen
from textual.style import Style

from tui.actions.action import Action
from tui.actions.registry import Registry


def palette(registry: Registry, screen: str) -> CommandPalette:
    """The palette over the screen of that name."""
    actions = [action for action in registry.of(screen) if action.id != "palette"]

    class Actions(_Actions):
        def __init__(self, screen: Screen[Any], match_style: Style | None = None) -> None:
            super().__init__(screen, match_style)
            self._actions = actions

    return CommandPalette(providers=[Actions], placeholder="an action or a screen")


class _Actions(Provider):
    _actions: list[Action]

    async def discover(self) -> Hits:
        for action in self._actions:
            yield DiscoveryHit(Content(_line(action)), self._runs(action), help=action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._actions:
            said = 0.1 if query.casefold() in action.help.casefold() else 0.0
            score = max(matcher.match(action.label), matcher.match(action.id), said)
            if score > 0:
                yield Hit(score, Content(_line(action)), self._runs(action), help=action.help)

    def _runs(self, action: Action) -> Any:
        screen = self.screen

        async def run() -> None:
            await screen.run_action(action.does or action.id)

        return run


def _line(action: Action) -> str:
    return f"{action.shown:<6} {action.label}"
