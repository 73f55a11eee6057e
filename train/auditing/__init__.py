"""`train audit A B`: what differs between two runs, what got worse from A to B, and which data may be why.

comparable.py   settings that differ, and what each means   common.py     examples that both measured alike
changes.py      data that changed, with reason and who      slicing.py    slices, chosen without losses
testing.py      differences with intervals and p-values     metrics.py    the answers of `train eval`
noise.py        what another seed does                      findings.py   splits and slices, tested and judged
suspects.py     changed training rows by signal             audit.py      all of it together
words.py, table.py, page.py, command.py   show it
"""
