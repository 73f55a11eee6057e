"""The review in the browser: a loopback server (textual-serve) that starts a review for each page opened.

Who has the address that is printed reviews: it holds a token made for this start, so that no other page of
the browser, and no other user of the machine, can press a key here. There is no encryption, so the server
listens on 127.0.0.1 alone; from another machine one comes by `ssh -L`. Pages load nothing from elsewhere.
"""

import copy
import hmac
import secrets
import shlex
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

_HOST = "127.0.0.1"
_LONGEST_NAME = 100
_HEADERS = {
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data:; connect-src 'self' ws:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class ReviewServer(Server):
    """`command` starts a review, to which `--as NAME` is added: the `as` of the address, else `annotator`."""

    def __init__(self, command: Sequence[str], annotator: str) -> None:
        super().__init__(
            shlex.join(command), host=_HOST, title="Siftune review", templates_path=Path(__file__).parent
        )
        self._annotator = annotator
        self._token = secrets.token_urlsafe(24)

    def run(self, port: int, say: Callable[[str], None]) -> None:
        """Until Ctrl-C. Raises OSError where the port is taken."""
        with socket.create_server((_HOST, port)) as listening:
            address = f"http://{_HOST}:{listening.getsockname()[1]}/?token={self._token}"
            say(f"review in the browser: {address}")
            say(f"under another name:    {address}&as=NAME")
            say("Ctrl-C ends it; every decision is on disk as soon as it is made")
            web.run_app(self._make_app(), sock=listening, print=None, access_log=None)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_get("/session/{token}/{annotator}", self.handle_websocket)
        app.on_response_prepare.append(_guard)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Nothing is printed: `run` has said what there is to say."""

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        token = self._checked(request.query.get("token", ""))
        annotator = _name(request.query.get("as", "").strip() or self._annotator)
        context = {
            "title": f"{annotator} · {self.title}",
            "session": f"ws://{request.host}/session/{token}/{quote(annotator, safe='')}",
        }
        return aiohttp_jinja2.render_template("page.html", request, context)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        self._checked(request.match_info.get("token", ""))
        if not web.WebSocketResponse().can_prepare(request):
            raise web.HTTPBadRequest(text="This address is for the page that was opened.\n")
        session = copy.copy(self)
        session.command = f"exec {self.command} --as={shlex.quote(_name(request.match_info['annotator']))}"
        return await Server.handle_websocket(session, request)

    def _checked(self, token: str) -> str:
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise web.HTTPForbidden(
                text="Open the whole address that `curate serve` printed, token and all.\n"
            )
        return token


def _name(given: str) -> str:
    """An annotator's name as it can stand on a command line."""
    if not given.isprintable() or len(given) > _LONGEST_NAME:
        raise web.HTTPBadRequest(text="This name has characters that none has, or too many.\n")
    return given


async def _guard(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
