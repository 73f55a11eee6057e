"""The public surface of `train`."""

import pkgutil
import subprocess
import sys

import pytest

import train


def test_the_public_names() -> None:
    assert train.__all__ == [
        *("QueueItem", "Run", "audit", "bisect", "evaluate", "example_dynamics", "ifd", "open_run"),
        *("review_queue", "run", "runs", "sweep", "tiny_base"),
    ]
    assert all(callable(getattr(train, name)) for name in train.__all__)


def test_no_module_hides_a_public_name() -> None:
    """`import train.run` would put the module in the place of the function `train.run`."""
    modules = {module.name for module in pkgutil.iter_modules(train.__path__)}
    assert not modules & set(train.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rn'"):
        train.rn  # noqa: B018


def test_importing_train_loads_nothing_heavy() -> None:
    code = "import sys, train; assert not {'torch', 'pyarrow', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
