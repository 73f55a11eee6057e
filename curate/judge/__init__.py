"""An LLM as a judge of quality: a rubric, a question a row, and scores that are checked before anyone uses
them.

`rubric` reads what is asked for, `asking` makes the requests, `grades` reads the answers, `verdict` holds
them against the recipe's thresholds. `curate.stages.judge` is the stage. Whether the judge is to be trusted,
`human` measures: its verdicts against those of reviewers on the same texts.
"""

from curate.judge.rubric import Rubric, load_rubric

__all__ = ["Rubric", "load_rubric"]
