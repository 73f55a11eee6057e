"""`train bisect`: retrains with parts of a change put back until the part that did the harm is isolated.

target.py    the examples that got worse          arms.py     dataset versions between A and B
groups.py    the change set as groups             training.py runs found, or trained
search.py    which arm to try next                judging.py  what an arm shows, beside the noise of seeds
bisect.py    all of it, and its result            record.py   the result, as it is kept and printed
"""
