"""The journal of decisions: append-only, durable before the caller goes on, never rewritten.

One contract (`Journal`) over two stores: a file of SQLite for one machine, PostgreSQL by URL for a team.
The verdict in force is an annotator's latest decision on an example that is not undone; an undo is itself
a row, which names the seq it takes back. An adjudication settles all that was decided on its example
before it, until it is undone itself; what is decided after it counts anew.
"""

from curate.journal.journal import Journal as Journal
from curate.journal.lines import plain as plain
from curate.journal.rulings import rulings_of as rulings_of
from curate.journal.rulings import standing as standing
