"""Three sources as people have them, through the command: every raw row is accounted for once and explained.

Nothing is taken from the build on trust: what was written is counted by its writers (`messy`), and what came
out is counted again from the files of the version.
"""

import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard
from click.testing import CliRunner
from messy import Talk, Written, write_instructions, write_scraped, write_tickets

from curate.cli import group

ROWS = 2_000  # a source, and some more that are broken
FAMILIES = 30  # of copies, and as many of near copies, each with a row in every source

RECIPE = """\
name: messy
system_prompt: You answer customers of Fable Outfitters.
sources:
  - path: raw/tickets
    columns: {prompt: Body, completion: Agent reply, group: Customer e-mail, tags: Tags}
    encoding: cp1252
    priority: 3
  - path: raw/*.jsonl.zst
  - path: raw/sets
    priority: 2
dedup: {threshold: 0.8}
pii: {action: redact}
toxicity: {backend: wordlist, action: drop}
quality: {min_words: 1}
decontaminate: {benchmarks: [benchmark.txt]}
"""

Place = tuple[str, int]


@dataclass(frozen=True)
class Built:
    """`said` is what the command wrote on stderr; the tables are read from the version's own files."""

    folder: Path
    version: Path
    manifest: dict[str, Any]
    said: str
    written: dict[Place, Written]
    kept: dict[Place, dict[str, Any]]
    ledger: list[dict[str, Any]]
    rejects: list[dict[str, Any]]

    def dropped(self) -> dict[Place, dict[str, Any]]:
        events = [event for event in self.ledger if event["action"] == "dropped"]
        return {_place(json.loads(event["detail"])): event for event in events}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("messy")
    raw = folder / "raw"
    talk = Talk(random.Random(11))
    tickets, scraped, instructions = talk.planted(FAMILIES)
    written = [
        *write_tickets(raw / "tickets", talk, tickets, ROWS),
        *write_scraped(raw, talk, scraped, ROWS),
        *write_instructions(raw / "sets", talk, instructions, ROWS),
    ]
    (folder / "benchmark.txt").write_text("\n".join(talk.benchmark), encoding="utf-8")
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    done = curate("build", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    version = folder / ".siftune" / "datasets" / manifest["version"]
    rows = [row for path in version.glob("data/*.parquet") for row in pq.read_table(path).to_pylist()]
    rejects = [json.loads(line) for line in (version / "rejects.jsonl").read_text("utf-8").splitlines()]
    ledger = pq.read_table(version / "ledger.parquet").to_pylist()
    kept = {_place(row): row for row in rows}
    assert len(kept) == len(rows)
    by_place = {(each.source, each.line): each for each in written}
    assert len(by_place) == len(written)
    return Built(folder, version, manifest, done.stderr, by_place, kept, ledger, rejects)


def curate(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "curate", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def _place(row: dict[str, Any]) -> Place:
    return row["source"], row["line"]


def test_the_manifest_counts_what_was_written(built: Built) -> None:
    counted = {source["path"]: source["rows"] for source in built.manifest["sources"]}
    assert counted == Counter(source for source, _ in built.written)
    assert built.manifest["rows_in"] == len(built.written) > 3 * ROWS
    assert "Traceback" not in built.said


def test_every_raw_row_is_rejected_dropped_or_kept_exactly_once(built: Built) -> None:
    drops = [event for event in built.ledger if event["action"] == "dropped"]
    ends = Counter(
        [
            *(_place(reject) for reject in built.rejects),
            *(_place(json.loads(event["detail"])) for event in drops),
            *built.kept,
        ]
    )
    assert ends == Counter(list(built.written))


def test_the_arithmetic_of_the_manifest_is_that_of_the_files(built: Built) -> None:
    manifest = built.manifest
    by_stage = Counter(
        (event["stage"], event["reason"]) for event in built.ledger if event["action"] == "dropped"
    )
    said = {(s["name"], why): n for s in manifest["stages"] for why, n in s["dropped"].items()}
    assert said == by_stage
    assert (manifest["rejected"], manifest["kept"]) == (len(built.rejects), len(built.kept))
    assert manifest["created"] == sum(event["action"] == "created" for event in built.ledger) == 0
    assert (
        manifest["rows_in"]
        == manifest["rejected"] + by_stage.total() + manifest["kept"] - manifest["created"]
    )


def test_broken_rows_are_rejected_and_no_others(built: Built) -> None:
    rejected = {_place(reject): reject["reason"] for reject in built.rejects}
    broken = {place: each.broken for place, each in built.written.items() if each.broken}
    assert rejected.keys() == broken.keys()
    for place, problem in broken.items():
        if problem == "the header again":
            assert rejected[place] == problem
    lines = Counter(source["path"] for source in built.manifest["sources"])
    assert all(any(source == path for source, _ in rejected) for path in lines)


def test_a_reject_shows_its_own_line(built: Built) -> None:
    packed = (built.folder / "raw" / "sharegpt.jsonl.zst").read_bytes()
    scraped = zstandard.ZstdDecompressor().decompressobj().decompress(packed).split(b"\n")
    shown = 0
    for reject in built.rejects:
        if reject["source"] == "raw/sharegpt.jsonl.zst":
            line = scraped[reject["line"] - 1].decode("utf-8", "backslashreplace")
            assert reject["raw"].partition("… [cut")[0] == line.strip("\r")[: 2**16]
            shown += 1
    assert shown > 50


def test_a_row_that_was_kept_holds_what_was_written_on_its_line(built: Built) -> None:
    compared = 0
    for place, row in built.kept.items():
        said = built.written[place].said
        assert said is not None
        if said.kind in ("plain", "exact", "near"):
            assert any(said.answer in message["content"] for message in row["messages"]), place
            compared += 1
    assert compared > 2 * ROWS


def test_of_copies_over_the_sources_the_one_of_highest_priority_stays(built: Built) -> None:
    families: dict[tuple[str, int], list[Place]] = {}
    for place, each in built.written.items():
        if each.said is not None and each.said.family is not None:
            families.setdefault((each.said.kind, each.said.family), []).append(place)
    assert Counter(kind for kind, _ in families) == {"exact": FAMILIES, "near": FAMILIES}
    dropped = built.dropped()
    for (kind, _), places in families.items():
        [stays] = [place for place in places if place in built.kept]
        assert stays[0].startswith("raw/tickets/")
        for place in set(places) - {stays}:
            event = dropped[place]
            assert event["stage"] == "dedup"
            assert event["matched_id"] == built.kept[stays]["example_id"]
            assert event["reason"] in {f"{kind}_duplicate", "near_duplicate"}


def test_toxic_and_benchmark_rows_went_for_what_they_are(built: Built) -> None:
    dropped = built.dropped()
    stages = {"toxic": "toxicity", "benchmark": "decontaminate"}
    seen: Counter[str] = Counter()
    for place, each in built.written.items():
        if each.said is not None and each.said.kind in stages:
            assert dropped[place]["stage"] == stages[each.said.kind], place
            seen[each.said.kind] += 1
    assert seen == {"toxic": 3 * FAMILIES, "benchmark": 3 * (FAMILIES // 2)}


def test_no_personal_value_is_left_in_any_file_but_the_rejects(built: Built) -> None:
    values = [v.encode() for each in built.written.values() if each.said for v in each.said.values]
    assert len(values) == 3 * FAMILIES
    texts = "\n".join(json.dumps(row["messages"]) + str(row["metadata"]) for row in built.kept.values())
    others = [p for p in built.version.rglob("*") if p.is_file() and p.name != "rejects.jsonl"]
    tables = [json.dumps(pq.read_table(p).to_pylist(), default=str) for p in others if p.suffix == ".parquet"]
    plain = [p.read_bytes() for p in others if p.suffix != ".parquet"]
    everything = b"\n".join([texts.encode(), *(table.encode() for table in tables), *plain])
    assert [value for value in values if value in everything] == []


def test_why_answers_for_every_reason(built: Built) -> None:
    """A row of each reason for a drop and a reject, by its place and where it has one by its id."""
    names = {(e["stage"], e["reason"]): place for place, e in built.dropped().items()}
    asked = [f"{source}:{line}" for source, line in names.values()]
    asked += [f"{s}:{n}" for s, n in {r["reason"]: _place(r) for r in built.rejects}.values()]
    asked += [row["example_id"] for row in list(built.kept.values())[:: len(built.kept) // 8]]
    assert len(asked) > 20
    for name in asked:
        done = CliRunner().invoke(group, ["why", name, "--recipe", str(built.folder / "recipe.yaml")])
        assert (done.exception, done.exit_code) == (None, 0), name
        assert name.partition(":")[0] in done.output


def test_why_of_a_reject_says_its_file_line_and_reason(built: Built) -> None:
    reject = next(r for r in built.rejects if r["reason"] == "longer than 16 MiB")
    done = curate("why", f"{reject['source']}:{reject['line']}", folder=built.folder)
    assert done.returncode == 0
    assert reject["reason"] in done.stdout
    assert f"{reject['source']}:{reject['line']}" in done.stdout
    assert len(done.stdout) < 100_000
