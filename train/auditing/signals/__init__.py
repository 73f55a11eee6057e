"""Signals of suspicion that a changed training row may have; `train.auditing.suspects` ranks by them.

question.py     what is asked: changed rows, and the examples that got worse
words.py        cheap ones: nearness by words, contradiction, what A measured anyway
measuring.py    the costly ones, opt in: what is measured, stored and left unmeasured
loaded.py       a run's model at one of its checkpoints, and rows as it reads them
asking.py       how it is asked for losses: of an assistant's answers, or of classes
gradients.py    per-example gradients of what is trained, against one direction
influence.py    gradient: which rows push the examples that got worse, over B's early checkpoints
embedding.py    embedding: nearness by a sentence model, or by the base model itself
kept.py         measured numbers, kept by what they were measured of
"""
