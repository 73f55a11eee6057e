"""Duplicates line by line: the row that stayed, one that went for it, and which of them is to stay."""

from curate.history.raw import Place, RawRows
from schemas.errors import DataError
from tui.model.clusters import Clusters
from tui.model.duplicates import Duplicates
from tui.model.listing import to_next_open
from tui.model.outcome import Outcome
from tui.model.workbench import Workbench
from tui.plain.desk import ListDesk
from tui.plain.talk import Talk
from tui.plain.telling import tell_example, tell_two

_NAMES = ("the row that stayed", "the row that went")


class DuplicatesDesk(ListDesk[Duplicates]):
    NOTHING = "no row of this version went as a duplicate of another, and none was told apart"

    def __init__(self, bench: Workbench, talk: Talk) -> None:
        clusters = Clusters(bench.dataset, blind=bench.review.blind)
        super().__init__(bench, talk, Duplicates(bench.review, clusters))
        self._raw = RawRows(bench.workspace)
        self._unreadable: set[Place] = set()
        self.acts |= {
            "keep_this": self._listed.keep_this,
            "keep_kept": self._listed.keep_kept,
            "not_a_duplicate": self._listed.not_a_duplicate,
            "next_cluster": lambda: to_next_open(self._listed),
            "next_member": lambda: self._step(1),
            "previous_member": lambda: self._step(-1),
        }

    def tell(self) -> None:
        self._read()
        cluster, shown = self._listed.cluster, self._listed.shown
        assert cluster is not None
        assert shown is not None
        alike = "equal texts" if shown.member.exact else f"Jaccard similarity {shown.member.jaccard:.3f}"
        parts = [self._place("cluster"), alike]
        if len(cluster.members) > 1:
            parts.insert(1, f"row {self._listed.member + 1} of {len(cluster.members)} that went")
        self._talk.say(", ".join(parts))
        for name, example_id, source, line in (
            (_NAMES[0], cluster.kept_id, cluster.source, cluster.line),
            (_NAMES[1], shown.member.example_id, shown.member.source, shown.member.line),
        ):
            said = "".join(f", {d.annotator}: {d.verdict}" for d in self._listed.verdicts(example_id))
            self._talk.say(f"{name}: {source} line {line}{said}")
        if self._listed.told_apart(shown.member):
            self._talk.say("told apart: the next build keeps both")
        if shown.kept is not None and shown.example is not None:
            tell_two(self._talk, shown.kept, shown.example, _NAMES)
            return
        for name, example in zip(_NAMES, (shown.kept, shown.example), strict=True):
            if example is None:
                self._talk.say(f"the text of {name} is not at hand")
            else:
                self._talk.say(f"{name}:")
                tell_example(self._talk, example)

    def _read(self) -> None:
        """What the version does not hold of the cluster shown, from the raw files."""
        wanted = {p: n for p, n in self._listed.missing().items() if p not in self._unreadable}
        if wanted:
            self._talk.say("reading the rows that went")
            try:
                found = self._raw.redacted(wanted)
            except DataError as error:
                self._talk.say(f"they cannot be read: {error.problem}")
                found = {}
            self._unreadable |= wanted.keys() - found.keys()
            self._listed.texts.update((row.example_id, row) for row in found.values())

    def _step(self, by: int) -> Outcome | None:
        before = self._listed.member
        self._listed.go_to_member(by)
        return Outcome("no further row went here") if self._listed.member == before else None
