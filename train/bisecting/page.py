"""A bisect as a page, and as the sections that an audit's page shows of it."""

from collections.abc import Sequence

from curate import html
from curate.html import Html, Number
from train.bisecting import words
from train.bisecting.record import Arm, Bisect

STYLE = """
.tree { list-style: none; padding-left: 1.4rem; margin: .2rem 0; border-left: 1px solid var(--line) }
.tree li { margin: .4rem 0 } .tree b { font-weight: 600 }
"""
_NAMES = 8
_SAID = {"repaired": "repaired", "partly": "repaired in part", "none": "no effect"}


def page(found: Bisect) -> str:
    return html.page(f"Bisect · {found.a} → {found.b}", sections(found), STYLE)


def sections(found: Bisect) -> list[tuple[str, str]]:
    parts = [("Bisect", head(found) + _groups(found))]
    if found.arms:
        parts += [("Tree of the bisect", tree(found)), ("Arms", _arms(found))]
    return parts


def head(found: Bisect) -> str:
    said = words.verdict(found)
    about = f"About {words.about(found.target)}." if found.target else ""
    return (
        html.paragraph(f"{said[:1].upper()}{said[1:]}.", "warn" if found.guilty else "")
        + (html.paragraph(about) if about else "")
        + "".join(html.paragraph(f"{line[:1].upper()}{line[1:]}.", "soft") for line in words.caveats(found))
    )


def tree(found: Bisect) -> Html:
    """Arms as branches, round by round: each stands below the one whose groups it was to tell apart."""
    parts: list[str] = []
    for said, arms in words.by_round(found):
        parts += [html.paragraph(f"{said[:1].upper()}{said[1:]}.")] if said else []
        parts += _branches(found, arms)
    note = html.paragraph(
        "Each arm is B's data with some groups as A has them, trained with several seeds. Repaired: what "
        f"remains of the regression is at most {found.until:.0%} of it, plus the margin of noise. Where a "
        "half has no effect, the cause is taken to lie in the other one, and proved at the end.",
        "soft",
    )
    return Html("".join(parts) + note)


def _branches(found: Bisect, arms: Sequence[Arm]) -> list[str]:
    depth = 0
    parts: list[str] = []
    for one in arms:
        below = min(words.depth(found, one), depth + 1)
        if not below:
            parts.append(html.paragraph(_plain(found, one)))
            continue
        parts += ['<ul class="tree">'] if below > depth else ["</li>", "</ul></li>" * (depth - below)]
        parts.append(f"<li>{_branch(found, one)}")
        depth = below
    return [*parts, "</li></ul>" * depth]


def _branch(found: Bisect, one: Arm) -> str:
    said = _SAID.get(one.outcome or "", "not judged")
    remains = f", {words.span(one.remains)} remains" if one.remains else ""
    return f"<b>{html.escaped(said)}</b>{html.escaped(remains)}: {html.escaped(_back(found, one))}"


def _plain(found: Bisect, one: Arm) -> str:
    mean = sum(one.losses) / len(one.losses) if one.losses else float("nan")
    return f"{words.arm(found, one)}: {mean:.4f} nats a token"


def _back(found: Bisect, one: Arm) -> str:
    names = [found.groups[at].name for at in one.back]
    more = f" and {len(names) - _NAMES} more" if names[_NAMES:] else ""
    return f"{one.why} · {', '.join(names[:_NAMES])}{more}"


def _groups(found: Bisect) -> str:
    listed = [
        [
            one.name,
            len(one.rows),
            words.rows(one),
            Number(f"{one.suspicion:.2f}"),
            "guilty" if at in found.guilty else "",
        ]
        for at, one in enumerate(found.groups)
    ]
    caption = "What changed, in groups that are put back whole, most suspect first"
    return html.table(caption, ["group", "rows", "changes", "suspicion", ""], listed)


def _arms(found: Bisect) -> str:
    rows = [
        [
            words.arm(found, one),
            *(Number(f"{loss:.4f}") for loss in one.losses),
            *[Number("–")] * (len(found.seeds) - len(one.losses)),
            words.span(one.remains),
            _SAID.get(one.outcome or "", ""),
        ]
        for one in found.arms
    ]
    seeds = [f"seed {seed}" for seed in found.seeds]
    return html.table(
        "Losses on the regressed examples, nats per trained token",
        ["put back", *seeds, "remains of the regression", ""],
        rows,
    )
