"""Many texts at once: which rows hold nothing that any finder finds, told from Arrow's buffers.

`texts` takes the texts out of a table of rows, with the help of `json_values`; `words` looks at all of them
by `word_table`, and asks `curate.pii.shapes` of new words that are `suspects`; `sieve` decides. `json_values`
and `word_table` are compiled: importing them loads numba.
"""
