"""`train sweep`: settings tried one after the other, each an ordinary run of the workspace.

    trials.py    the recipe's sweep as settings and seeds     standing.py   runs that stand for them already
    course.py    how long each would be, without weights      running.py    the sweep itself
    compare.py   losses on the same examples, and the best    table.py      all of it for a terminal
    page.py      all of it as a page                          snippet.py    the best as a recipe

Nothing of a sweep's progress is kept but its runs: what was trained is found again by its settings.
"""
