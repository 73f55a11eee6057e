"""What is said while a bar stands on the terminal."""

import json
import sys
from pathlib import Path

from terminal import terminal

RECIPE = """\
name: shop
system_prompt: Be kind.
sources: [{path: raw/*.jsonl}]
split: {train: 0.8, validation: 0.1, test: 0.1}
"""


def test_a_build_leaves_lines_alone_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    for name in ("faq", "tickets"):
        rows = [{"prompt": f"{name} {at}?", "completion": f"Yes, {at}."} for at in range(20)]
        (tmp_path / "raw" / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    command = [sys.executable, "-m", "curate", "build", "--recipe", str(tmp_path / "recipe.yaml")]
    with terminal(command, (200, 40)) as build:
        build.wait_for("decisions applied")
        build.read(0.5)
        said = [line.rstrip() for line in build.lines if line.strip()]
    assert said[:2] == [f"raw/{name}.jsonl: 20 rows, prompt and completion" for name in ("faq", "tickets")]
    assert "━" not in "".join(said)
