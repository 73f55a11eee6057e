"""ctrl+p: what can be done on the screen, and where one can go, found by a few letters of its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen
from textual.style import Style

from tui.safe_text import visible_line


@dataclass(frozen=True, slots=True)
class Offer:
    """`key` is how it is done without the palette, `id` another name that finds it; `does` is called when the
    palette is gone."""

    key: str
    label: str
    help: str
    does: Callable[[], Any]
    id: str = ""


def palette(offers: Sequence[Offer]) -> CommandPalette:
    class Offered(_Offered):
        def __init__(self, screen: Screen[Any], match_style: Style | None = None) -> None:
            super().__init__(screen, match_style)
            self._offers = offers

    return CommandPalette(providers=[Offered], placeholder="an action, a screen, a queue or a saved view")


class _Offered(Provider):
    _offers: Sequence[Offer]

    async def discover(self) -> Hits:
        for offer in self._offers:
            yield DiscoveryHit(_line(offer), offer.does, help=visible_line(offer.help))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for offer in self._offers:
            said = 0.1 if query.casefold() in offer.help.casefold() else 0.0
            score = max(matcher.match(offer.label), matcher.match(offer.id), said)
            if score > 0:
                yield Hit(score, _line(offer), offer.does, help=visible_line(offer.help))


def _line(offer: Offer) -> Content:
    return Content(visible_line(f"{offer.key:<6} {offer.label}"))
