"""What worker processes inherit of the one that they are forked of: it does it once for all of them.

That one is `multiprocessing`'s server, which imports the modules that it is told and does nothing else. So
this is a module whose import does something: what is written in the file that VARIABLE of the environment
names, a pickled list of functions to call.
"""

import contextlib
import os
import pickle
from pathlib import Path

from curate import collector, pandas_later

VARIABLE = "SIFTUNE_INHERITED"


def _do(path: Path) -> None:
    for function in pickle.loads(path.read_bytes()):
        function()


if VARIABLE in os.environ:
    # Workers do the same; what fails here fails there, where somebody hears of it.
    with contextlib.suppress(Exception), collector.seldom():
        pandas_later.arrange()
        _do(Path(os.environ[VARIABLE]))
    collector.seldom_from_now_on()
