"""`train fix A B`: from what made B worse to a repaired adapter.

asking.py    the changed rows to look at, as a review queue
proving.py   after the decisions: built, trained with B's settings and paired seeds, and compared
command.py   `train fix`                              words.py   the outcome in words and as a table
"""
