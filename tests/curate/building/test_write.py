"""Writing a version that another build writes meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import curate
from curate.building.report import gathered
from curate.building.write import Contents, write_version
from curate.flow.cache import StageCache
from curate.flow.entry import NO_EVENTS
from curate.flow.table import Table
from curate.flow.table_answer import PAIRS
from curate.version import DatasetVersion
from schemas.manifest import Manifest


def test_two_builds_that_write_the_same_version_both_end_with_it(workspace: Path, tmp_path: Path) -> None:
    built = curate.build(workspace, say=lambda _: None)
    path = tmp_path / "datasets" / built.version
    both_write = Barrier(2, timeout=60)

    def certified() -> Manifest:
        both_write.wait()
        return built.manifest.model_copy(update={"files": {}})

    def write(number: int) -> DatasetVersion:
        table = Table(StageCache(tmp_path / f"cache-{number}"))
        contents = Contents(table, [NO_EVENTS], PAIRS.empty_table(), [])
        facts = gathered(table, contents.events, [])
        return write_version(path, built.recipe, certified, lambda: facts, contents)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(write, range(2))
    assert one == other == DatasetVersion.open(path)
    one.verify()
    assert [folder.name for folder in path.parent.iterdir()] == [built.version]
