"""The journal of one workspace, whatever store holds it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from curate.journal.lines import bad_line, columns, identity, parse, plain
from curate.journal.rulings import rulings_of
from curate.journal.sqlite import SqliteStore
from curate.journal.store import Fields, Row, Store, check, check_text, decision_of
from schemas.canonical import to_json
from schemas.decision import Decision, Ruling, Verdict
from schemas.example import Message

_URLS = ("postgresql://", "postgres://")
_PAGE = 10_000  # rows


class Journal:
    """The decisions of one workspace. Several processes may hold it open and append."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def open(cls, where: Path | str) -> "Journal":
        """Opens or makes the journal: a file, or a database by a URL that begins with postgresql://.

        Raises JournalError when it is locked, corrupt, not a database or not reached, UsageError for a URL
        that is none, MissingPackage when the driver is not installed.
        """
        if str(where).startswith(_URLS):
            from curate.journal.postgres import PostgresStore

            return cls(PostgresStore.open(str(where)))
        return cls(SqliteStore.open(Path(where)))

    @classmethod
    def exists(cls, where: Path | str) -> bool:
        """Whether there may be decisions: who only reads need not make a file."""
        return str(where).startswith(_URLS) or Path(where).exists()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def append(
        self,
        example_id: str,
        annotator: str,
        verdict: Verdict,
        *,
        labels: Iterable[str] = (),
        messages: Iterable[Message] | None = None,
        reason: str | None = None,
        note: str | None = None,
        dataset_version: str | None = None,
        run: str | None = None,
        undoes: int | None = None,
    ) -> Decision:
        """Adds a decision; it is on disk when this returns. Raises UsageError for what makes no sense,
        JournalError when it cannot be written, and then nothing was added."""
        edited = tuple(messages) if messages is not None else None
        check(annotator, verdict, edited, undoes)
        fields = {
            "example_id": example_id,
            "annotator": annotator,
            "verdict": verdict,
            "labels": to_json(list(labels)),
            "messages": to_json([m.to_dict() for m in edited]) if edited is not None else None,
            "reason": reason,
            "note": note,
            "dataset_version": dataset_version,
            "run": run,
            "undoes": undoes,
            "decided_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "batch": None,
        }
        return self._insert([fields])[0]

    def append_batch(self, decisions: Sequence[Decision], batch: str | None = None) -> list[Decision]:
        """Adds all of them or none, as one batch: on disk when this returns. Their `seq`, `decided_at` and
        `batch` are given here; with `batch` they go on one that was begun. Raises as `append` does."""
        for decision in decisions:
            check(decision.annotator, decision.verdict, decision.messages, decision.undoes)
        given = {
            "decided_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "batch": batch or uuid4().hex,
        }
        return self._insert([columns(plain(decision)) | given for decision in decisions])

    def decisions(
        self, example_id: str | None = None, annotator: str | None = None, after: int = 0
    ) -> list[Decision]:
        """All decisions behind the seq `after`, oldest first, undone ones and undos included."""
        return [decision_of(row) for row in self._store.select(example_id, annotator, after)]

    def pages(self, *names: str, after: int = 0) -> Iterator[list[Row]]:
        """These columns of all rows behind the seq `after`, as the store has them, `seq` first, oldest first,
        a page at a time: much less than decisions, in time and memory."""
        while page := self._store.page(", ".join(("seq", *names)), after, _PAGE):
            yield page
            after = page[-1][0]

    def rulings(self) -> dict[str, Ruling]:
        """For each decided example, the verdicts in force by annotator; skips and undone ones left out."""
        return rulings_of(self.decisions())

    def export_jsonl(self) -> Iterator[str]:
        """The whole journal, a JSON object a line, oldest first."""
        for decision in self.decisions():
            yield to_json(plain(decision))

    def import_jsonl(self, lines: Iterable[bytes]) -> int:
        """Appends decisions exported elsewhere, all or none; those already here are left out.

        Returns how many were new. `undoes` is translated to the seq that the undone decision has here.
        """
        here = {identity(plain(d)): d.seq for d in self.decisions()}
        seqs: dict[int, int] = {}
        new = 0
        with self._store.transaction():
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                fields = parse(line, number)
                old_seq, undone = fields.pop("seq"), fields["undoes"]
                key = identity(fields)
                if undone is not None:
                    if undone not in seqs:
                        raise bad_line(number, f"undoes {undone}, which does not stand before it")
                    fields["undoes"] = seqs[undone]
                if key not in here:
                    here[key] = self._insert([fields])[0].seq
                    new += 1
                seqs[old_seq] = here[key]
        return new

    def _insert(self, rows: Sequence[Fields]) -> list[Decision]:
        for fields in rows:
            check_text(fields)
        return [decision_of(row) for row in self._store.insert(rows)]
