"""`train report`: one HTML file of a run, and the figures behind it as JSON.

measured.py      a row per example: base against adapter     curves.py    metrics.jsonl, thinned
slices.py        losses by split, source, tag and length     tracks.py    losses from snapshot to snapshot
left_out.py      what was cut or not trained on              examples.py  the few that are shown with text
evaluations.py   what `train eval` measured                  texts.py     texts, tokens shaded by loss
figures.py       all of it together, as plain data           plots.py     its pictures
page.py          the page                                    writing.py   the file beside the run
"""
