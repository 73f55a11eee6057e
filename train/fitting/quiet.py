"""The libraries' own bars, advice and calls home, switched off. Nothing here loads them before it must."""

import logging
import os

# What is left out speaks of things that are not the user's: a package that would download compiled code from
# the hub; one sequence at a time, which TRL takes for one example where ours are packs of many; the
# workings of LLM.int8(), at every layer.
_LEFT_OUT = {
    "bitsandbytes.autograd._functions": "inputs will be cast",
    "bitsandbytes.backends.cpu.ops": "kernels-community",
    "trl.trainer.sft_trainer": "annihilate the benefits",
}


class _Without(logging.Filter):
    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def filter(self, record: logging.LogRecord) -> bool:
        return self._words not in record.getMessage()


def quiet() -> None:
    """To be called before training's libraries are imported."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    for name, words in _LEFT_OUT.items():
        logger = logging.getLogger(name)
        if not any(isinstance(f, _Without) for f in logger.filters):
            logger.addFilter(_Without(words))
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
