"""`task: classification`: a head of classes on the model, trained on the same versions, with the same tables.

classes.py     which class an example has, and which there are
rows.py        the conversation up to the answer, as tokens
head.py        the model with its head
trainer.py     the loss of a class                      meter.py   the same, for snapshots
parts.py       tables, with what was predicted          scores.py  accuracy, F1, confusion
task.py        all of it as a run's task
using.py       a trained head asked                     verifying.py  a merged one compared
"""
