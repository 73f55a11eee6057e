"""What may be loaded when: `--help` stays quick, and one package never reaches up to another."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch", "textual", "pyarrow", "pandas", "numba", "transformers", "spacy", "datasets",
    "presidio_analyzer",
)  # fmt: skip
LOADED = """
import sys, click
from {package}.cli import group
group.main(["--help"], standalone_mode=False)
print("LOADED", *sorted(m for m in sys.modules if m in {heavy}))
"""


@pytest.mark.parametrize("package", ["curate", "train"])
def test_help_loads_nothing_heavy(package: str) -> None:
    code = LOADED.format(package=package, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_curation_loads_without_torch(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import curate.building.making, curate.history.why, curate.history.diff, curate.export\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("package", ["curate", "train"])
def test_public_names_are_there(package: str) -> None:
    module = __import__(package)
    for name in module.__all__:
        assert callable(getattr(module, name))
        assert callable(getattr(__import__(package), name)), (
            "loading a name twice gives the same kind of thing"
        )


def test_a_users_own_module_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "tui.py").write_text("")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from curate.edge import load_package\n"
        "from schemas.errors import UsageError\n"
        "try: load_package('tui.app')\n"
        "except UsageError as error: print(error.problem)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert str(tmp_path / "tui.py") in done.stdout
