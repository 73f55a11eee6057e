"""A child and its parent, turn by turn."""

import difflib
from dataclasses import dataclass

from schemas.example import Example, Message
from tui.model.corpus import ABSENT, Corpus
from tui.model.word_diff import WordDiff, word_diff


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of the parent, and the child's in its place with its `index` among the child's messages;
    None (and -1) where one of them has none."""

    before: Message | None
    after: Message | None
    index: int

    @property
    def same(self) -> bool:
        return self.before == self.after

    @property
    def role(self) -> str:
        message = self.after or self.before
        return message.role if message else ""

    @property
    def diff(self) -> WordDiff | None:
        """What was changed, where both say something."""
        return word_diff(self.before.content, self.after.content) if self.before and self.after else None

    @property
    def remark(self) -> str | None:
        """Why nothing is marked, though the two differ."""
        diff = self.diff
        if diff is None or self.same:
            return None
        if diff.nothing_alike:
            return "reworded throughout: none is marked"
        return "only white space differs" if diff.only_spacing else None


def parent_of(corpus: Corpus, child: Example) -> Example | None:
    """The example that `child` was made from; None for what is no child, or whose parent is not here."""
    row = corpus.row_of(child.parent_id) if child.parent_id else ABSENT
    return None if row == ABSENT else corpus.example(row)


def turns(parent: Example, child: Example) -> list[Turn]:
    """All that both say, in order, paired by roles; system prompts are left out."""
    before = parent.turns
    after = [(index, m) for index, m in enumerate(child.messages) if m.role != "system"]
    roles = difflib.SequenceMatcher(
        None, [m.role for m in before], [m.role for _, m in after], autojunk=False
    )
    found: list[Turn] = []
    for kind, i, j, k, n in roles.get_opcodes():
        if kind == "equal":
            found += [Turn(b, a, index) for b, (index, a) in zip(before[i:j], after[k:n], strict=True)]
        else:
            found += [Turn(b, None, -1) for b in before[i:j]]
            found += [Turn(None, a, index) for index, a in after[k:n]]
    return found
