"""A desk on which two annotators have decided."""

from typing import Any

from curate.journal import Journal


def decide(desk: Any) -> Any:
    """Ada and bob agree on two examples and disagree on two; ada took one back. Returns the desk."""
    names = [example.example_id for example in desk.examples]
    with Journal.open(desk.journal) as journal:
        for at, (ada, bob) in enumerate(
            [("keep", "keep"), ("drop", "drop"), ("keep", "drop"), ("drop", "keep")]
        ):
            journal.append(names[at], "ada", ada, reason=f"because {at}")
            journal.append(names[at], "bob", bob)
        gone = journal.append(names[5], "ada", "drop", note="hasty")
        journal.append(names[5], "ada", "drop", undoes=gone.seq)
    return desk
