"""A build against data-juicer's run of the same stages on the same rows, alternating, in one go.

    python -m bench.juicer --peer /tmp/peer/bin/python [--rows 10000 100000] [--rounds 2]

The peer lives in an environment of its own, since it pins packages that ours does not:

    python -m venv /tmp/peer
    /tmp/peer/bin/pip install torch==2.13.0          # first: else it installs a newest torch while it runs
    /tmp/peer/bin/pip install py-data-juicer==1.6.1 scipy aiohttp ray

Without a peer there is nothing to compare, and the script says so. Both sides are whole commands in fresh
processes, Python's start in their time, with empty caches, on as many worker processes (`--jobs`) each. Where
both have a rule it has the same bounds; what only one of them does is printed with the result. Rounds take
turns in going first; the ratio is the median over the rounds.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.corpus.messages import RECIPE, write
from bench.corpus.process import Timed, timed
from curate.workspace import Workspace

TARGET = 10.0
OFFLINE = {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1", "HF_HUB_OFFLINE": "1"}
"""The peer installs what it lacks while it runs: here it may not, so that no download is timed."""

PEER_RECIPE = """\
project_name: bench
dataset_path: {folder}/rows.jsonl
export_path: {folder}/out/rows.jsonl
np: {jobs}
text_keys: text
use_cache: false
open_tracer: false
open_monitor: false
process:
  - document_deduplicator: {{lowercase: false, ignore_non_character: false}}
  - document_minhash_deduplicator:
      {{tokenization: space, window_size: 5, lowercase: true, num_permutations: 128, jaccard_threshold: 0.8}}
  - pii_redaction_mapper:
      redact_keys: [text]
      extra_patterns: [['\\+\\d{{1,3}}(?: \\d{{2,4}}){{2,4}}', '[PHONE]']]
  - words_num_filter: {{min_num: 1, max_num: 4096}}
  - word_repetition_filter: {{rep_len: 10, max_ratio: 0.5}}
"""

DIFFERENCES = """\
both: exact duplicates; near duplicates by MinHash over word 5-grams, 128 permutations, at 0.8; redaction of
  e-mail and IP addresses, phone numbers, keys and tokens; bounds on words; repetition, each by its own rule
data-juicer alone: file paths, ids and Chinese identity numbers are redacted too
data-juicer is spared: parsing and normalising conversations (its rows are one text already), verifying pairs
  (its near duplicates are what the signatures say), split, leak certificate, ledger (its tracer is off),
  report, manifest, hashes of what went in
ours alone: all of that; Presidio's recognisers with their checksums, one surrogate a value and conversation;
  eight more quality rules (refusal, cut-off answer, placeholder, ...); results kept for the next build"""

_DONE = re.compile(r"OP \[(\w+)\] Done in ([\d.]+)s")
_MAIL, _PHONE = re.compile(r"\w+@fable-shop\.com"), re.compile(r"\+44 20 7946")


def main() -> int:
    options = _options()
    if not options.peer:
        print("left out: no interpreter with data-juicer (--peer or DATA_JUICER_PYTHON); to install one:\n")
        print("\n".join((__doc__ or "").split("\n\n")[3:4]))
        return 0
    met = True
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            met &= _compare(Path(folder), rows, options)
    print(DIFFERENCES)
    return 0 if met else 1


def _compare(root: Path, rows: int, options: argparse.Namespace) -> bool:
    write(root / "rows.jsonl", rows)
    ours: list[Timed] = []
    theirs: list[Timed] = []
    for turn in range(options.rounds):
        here = root / str(turn)
        sides = [(ours, _ours), (theirs, _theirs)]
        for runs, run in sides if turn % 2 else sides[::-1]:
            runs.append(run(root / "rows.jsonl", here / run.__name__, options))
    ratio = statistics.median(t.seconds / o.seconds for o, t in zip(ours, theirs, strict=True))
    print(f"{rows:,} rows, {options.jobs} processes each, {options.rounds} rounds")
    _say("data-juicer", rows, theirs, _their_stages(theirs[-1]), _texts_of_theirs(here / "_theirs"))
    _say("ours", rows, ours, _our_stages(ours[-1]), _texts_of_ours(here / "_ours"))
    print(f"  {ratio:.2f}x (target {TARGET:.0f}x: {'met' if ratio >= TARGET else 'MISSED'})")
    return ratio >= TARGET


def _ours(rows: Path, folder: Path, options: argparse.Namespace) -> Timed:
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "rows.jsonl").hardlink_to(rows)
    (folder / "recipe.yaml").write_text(RECIPE)
    return timed(["-m", "curate", "build", "--json", "--jobs", str(options.jobs)], folder)


def _theirs(rows: Path, folder: Path, options: argparse.Namespace) -> Timed:
    """The rows lie flattened before the clock starts."""
    folder.mkdir(parents=True)
    with rows.open(encoding="utf-8") as file, (folder / "rows.jsonl").open("w", encoding="utf-8") as flat:
        for row in map(json.loads, file):
            text = "\n".join(message["content"] for message in row["messages"])
            flat.write(json.dumps({"text": text, "customer": row["customer"]}) + "\n")
    recipe = folder / "recipe.yaml"
    recipe.write_text(PEER_RECIPE.format(folder=folder, jobs=options.jobs))
    command = ["-m", "data_juicer.tools.process_data", "--config", str(recipe)]
    try:
        return timed(command, folder, options.peer, {**os.environ, **OFFLINE})
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        sys.exit(f"data-juicer does not run with {options.peer}:\n{said[-2000:]}")


def _say(name: str, rows: int, runs: list[Timed], stages: dict[str, float], texts: Iterator[str]) -> None:
    seconds = statistics.median(run.seconds for run in runs)
    peak = max(run.peak_mb for run in runs)
    kept = mails = phones = 0
    for text in texts:
        kept += 1
        mails += bool(_MAIL.search(text))
        phones += bool(_PHONE.search(text))
    each = " ".join(f"{run.seconds:.1f}" for run in runs)
    print(f"  {name:<12} {seconds:7.1f} s ({each})  {rows / seconds:,.0f} rows/s  {peak:,.0f} MB at most")
    print(f"               {kept:,} kept, of them with the e-mail {mails}, with the phone number {phones}")
    print(f"               {', '.join(f'{stage} {took:.1f}' for stage, took in stages.items())}")


def _our_stages(run: Timed) -> dict[str, float]:
    return {stage["name"]: stage["seconds"] for stage in json.loads(run.output)["stages"]}


def _their_stages(run: Timed) -> dict[str, float]:
    return {name: float(seconds) for name, seconds in _DONE.findall(run.said)}


def _texts_of_ours(folder: Path) -> Iterator[str]:
    for example in Workspace.open(folder / "recipe.yaml").version().examples():
        yield "\n".join(message.content for message in example.messages)


def _texts_of_theirs(folder: Path) -> Iterator[str]:
    with (folder / "out" / "rows.jsonl").open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["text"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", default=os.environ.get("DATA_JUICER_PYTHON"), help="its Python")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
