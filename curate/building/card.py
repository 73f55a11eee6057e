"""The dataset card: `README.md` of a version, with the front matter that `datasets.load_dataset` reads."""

from schemas.manifest import Manifest
from schemas.recipe import Recipe


def card(recipe: Recipe, manifest: Manifest) -> str:
    """Markdown, without times, so that equal versions have equal cards."""
    files = "".join(f"  - split: {s}\n    path: data/{s}.parquet\n" for s, n in manifest.splits.items() if n)
    stages = "".join(
        f"| {s.name} | {s.rows_in:,} | {s.created:,} | {sum(s.dropped.values()):,} | {s.kept:,} |\n"
        for s in manifest.stages
    )
    leaks = manifest.leaks
    splits = ", ".join(f"{name} {n:,}" for name, n in manifest.splits.items())
    return f"""---
configs:
- config_name: default
  data_files:
{files}---

# {recipe.name}, version {manifest.version}

{manifest.rows_in:,} raw rows, {manifest.rejected:,} unreadable, {manifest.dropped:,} dropped,
{manifest.created:,} created, {manifest.kept:,} kept: {splits}.

| stage | in | created | dropped | kept |
|---|---:|---:|---:|---:|
{stages}
Near-duplicate pairs across splits: {leaks.cross_split_pairs}; groups: {leaks.cross_split_groups}.

`ledger.parquet` says what happened to every row and why, `duplicates.parquet` which row was kept instead,
`rejects.jsonl` what could not be read. `curate why ID` tells the story of one example.
"""
