"""The test bed of `train audit`: faults planted in generated data, and how often they are found.

rules.py     four tasks whose answers follow rules        faults.py   what is planted, and what is harmless
desk.py      a workspace with A and its reruns            trial.py    one B: build, train, audit, score
table.py     trials as a table                            __main__.py python -m bench.audit
"""
