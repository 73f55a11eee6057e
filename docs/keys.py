"""Writes `docs/review.md` from the review's own registry: `python docs/keys.py`. A test compares them."""

from pathlib import Path

from tui.actions.registry import Registry
from tui.guide import guide

HEAD = """# The review

Made from the program's own registry by `python docs/keys.py`; `?` shows the same. `curate review` opens the
full screen, `curate review --plain` asks line by line and takes the same names and keys. Every decision is on
disk before the screen moves on. Characters that cannot be seen are written out, such as ␛ and ⟨U+202E⟩.

`--queue augmented` holds the examples that a model made: each stands beside its parent, changed words marked.
Keep accepts one for good, drop rejects it, and an edited one stays a child of its parent; the next build does
as decided. `curate augment --stats` counts what was accepted by strategy. A decision is about that very text:
another model or prompt, or an edit of the parent, makes other examples, which wait for decisions of their
own.

`--queue disagreement` holds the examples on which annotators disagree, with each one's verdict, reason,
labels, note and edit. What is decided there ends the conflict; `t` takes over one annotator's verdict or
edit. `--blind` shows nothing of the others, `--team` deals the work out: [agreement.md](agreement.md).
"""


def page() -> str:
    sections = [
        f"## {heading}\n\n```text\n{chr(10).join(lines)}\n```\n" for heading, lines in guide(Registry())
    ]
    return "\n".join([HEAD, *sections])


if __name__ == "__main__":
    (Path(__file__).parent / "review.md").write_text(page(), encoding="utf-8")
