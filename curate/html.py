"""HTML without script, network or image: tables with bars, readable in light, in dark and by ear.

Every text is escaped here and passes the gate for invisible characters, so that data can neither break the
page nor hide in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from schemas.visible import visible, visible_line

_STYLE = """
:root { color-scheme: light dark; --text: #1c1c1c; --back: #fff; --line: #d8d8d8; --soft: #5a5a5a;
        --bar: #2f6da8 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e6e6; --back: #161616; --line: #3c3c3c; --soft: #a8a8a8; --bar: #6fa8dc }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
       color: var(--text); background: var(--back) }
h2 { margin-top: 2.5rem } nav a { margin-right: 1rem } a { color: var(--bar) }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; width: 100% }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; font-weight: normal; overflow-wrap: break-word }
thead th { font-weight: 600 }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.bar { background: var(--bar); height: .8rem; display: inline-block; min-width: 1px }
.warn { border-left: .3rem solid #c77700; padding-left: .8rem }
.soft { color: var(--soft) }
details { margin: .3rem 0 } blockquote { margin: .2rem 0 .8rem 1rem; white-space: pre-wrap }
"""


class Html(str):
    """Text that is HTML already."""


class Number(str):
    """A number that is written out already."""


def page(title: str, sections: Sequence[tuple[str, str]], style: str = "") -> str:
    """A whole document; each section is a heading and a body of HTML. `style`: CSS beside the page's own."""
    links = "".join(f'<a href="#s{n}">{escaped(name)}</a> ' for n, (name, _) in enumerate(sections) if name)
    parts = (
        f'<section id="s{n}">\n' + (f"<h2>{escaped(name)}</h2>\n" if name else "") + f"{body}</section>\n"
        for n, (name, body) in enumerate(sections)
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(title)}</title><style>{_STYLE}{style}</style></head>\n"
        f'<body><h1>{escaped(title)}</h1>\n<nav aria-label="Sections">{links}</nav>\n'
        f"<main>\n{''.join(parts)}</main></body></html>\n"
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose first column heads its rows. Numbers stand right; Html stands as it is."""
    listed = list(rows)
    if not listed:
        return f'<p class="soft">{escaped(caption)}: none.</p>\n'
    numeric = [all(_is_number(row[at]) for row in listed) for at in range(len(head))]
    top = "".join(
        f'<th scope="col"{_align(number)}>{escaped(name)}</th>'
        for name, number in zip(head, numeric, strict=True)
    )
    body = "\n".join(f"<tr>{_row(row)}</tr>" for row in listed)
    return (
        f'<div class="wide"><table><caption>{escaped(caption)}</caption><thead><tr>{top}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>\n"
    )


def bar(share: float) -> Html:
    """A bar for the eye alone: the number stands beside it."""
    return Html(f'<span class="bar" aria-hidden="true" style="width:{share * 12:.2f}rem"></span>')


def code(text: str) -> Html:
    return Html(f"<code>{escaped(text)}</code>")


def paragraph(text: str, kind: str = "") -> Html:
    return Html(f"<p{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{escaped(text)}</p>\n")


def quote(summary: Html, texts: Mapping[str, str]) -> Html:
    """Texts by id that open on demand."""
    quotes = "".join(
        f"<blockquote>{code(name)}<br>{escaped(text)}</blockquote>" for name, text in texts.items()
    )
    return Html(f"<details><summary>{summary}</summary>{quotes}</details>\n")


def _row(row: Sequence[object]) -> str:
    first = f'<th scope="row"{_align(_is_number(row[0]))}>{_shown(row[0])}</th>'
    return first + "".join(f"<td{_align(_is_number(value))}>{_shown(value)}</td>" for value in row[1:])


def _shown(value: object) -> str:
    if isinstance(value, Html):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3f}"
    return escaped(str(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Number)


def _align(number: bool) -> str:
    return ' class="n"' if number else ""


def escaped(text: str) -> str:
    """A text of the data as it may stand in a page."""
    return escape(visible_line(text).encode("utf-8", "replace").decode("utf-8"))


def escaped_lines(text: str) -> str:
    """The same where line ends are shown as such."""
    return escape(visible(text).encode("utf-8", "replace").decode("utf-8"))
