"""Three sources as people have them: an export of tickets, a scraped dump of chats, and instruction sets.

The writers count by themselves what they write: every row with its place, whether it can be read, and what
was planted in it, so that a test can hold a build against it.
"""

from messy.instructions import write_instructions
from messy.scraped import write_scraped
from messy.talk import Said, Talk
from messy.tickets import write_tickets
from messy.written import Written

__all__ = ["Said", "Talk", "Written", "write_instructions", "write_scraped", "write_tickets"]
