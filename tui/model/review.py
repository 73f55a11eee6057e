"""The review itself: a queue, a place in it, and decisions that are on disk before anything moves.

No widget is known here: the full-screen UI and line mode drive the same object. Each of the classes that it
is made of adds a subject to the one below, and none knows those above:

    Shown         tui/model/shown.py         the state, and what is shown of it
    Finding       tui/model/finding.py       moving, queues, filters, order, marks
    Deciding      tui/model/deciding.py      one row: keep, drop, skip, edit, flag, label, repeat
    Undoing       tui/model/undoing.py       undo and redo
    Adjudicating  tui/model/adjudicating.py  siding with an annotator in a conflict
    Bulk          tui/model/bulk.py          many rows at once
    Review        here
"""

from tui.model.bulk import Bulk
from tui.model.outcome import SECOND_LOOK as SECOND_LOOK
from tui.model.outcome import Outcome as Outcome


class Review(Bulk):
    """One annotator's pass over a version. Actions on an empty list return an outcome that says so."""
