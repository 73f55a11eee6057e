"""An example's text in a page: its messages, and its trained tokens shaded by their loss."""

from curate import html
from curate.html import Html
from train.reporting.examples import Piece, Shown

LONGEST = 1200  # characters that are shown of a message
_LEVELS = 9
_FULL = 6.0  # nats at which the shade is fullest: a token that the model gave one chance in 400

STYLE = "".join(
    ["\n.tokens { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0 .8rem 1rem }\n"]
    + [
        f".tokens .t{level} {{ background: rgb(222 92 0 / {level / _LEVELS * 0.75:.2f}) }}\n"
        for level in range(1, _LEVELS + 1)
    ]
)


def example(shown: Shown) -> Html:
    """Opens on demand; its anchor is `e-ID`."""
    row = shown.row
    gain = "" if row.gain is None else f", untuned {row.base:.3f}"
    title = f"{row.split}, loss {row.loss:.3f}{gain}, {row.n_tokens:,} tokens"
    if shown.example is None:
        body = html.paragraph("Its text is not shown.", "soft")
    else:
        body = Html(
            "".join(
                f"<blockquote>{html.code(message.role)}<br>{_excerpt(message.content)}</blockquote>"
                for message in shown.example.turns
            )
        )
    return Html(
        f'<details id="e-{html.escaped(row.example_id)}"><summary>{html.code(row.example_id)} '
        f"{html.escaped(title)}</summary>{body}{_tokens(shown)}"
        f"<p class='soft'>{html.code('curate why ' + row.example_id)}</p></details>\n"
    )


def shaded(pieces: tuple[Piece, ...]) -> Html:
    """A span a token, the darker the higher its loss, which stands in the title."""
    return Html("".join(_token(text, nll) for text, nll in pieces))


def _token(text: str, nll: float) -> str:
    level = min(_LEVELS, max(0, round(nll / _FULL * _LEVELS)))
    words = html.escaped_lines(text)
    return f'<span class="t{level}" title="{nll:.2f}">{words}</span>' if level else words


def _tokens(shown: Shown) -> str:
    if not shown.pieces:
        return ""
    more = html.paragraph("… and more.", "soft") if shown.cut else ""
    return (
        "<p class='soft'>What is trained of it, each token shaded by its loss after training "
        f"({_FULL:g} nats and more are fullest):</p>"
        f'<div class="tokens">{shaded(shown.pieces)}</div>{more}'
    )


def _excerpt(text: str) -> str:
    if len(text) <= LONGEST:
        return html.escaped_lines(text)
    return f"{html.escaped_lines(text[:LONGEST])} … ({len(text):,} characters)"
