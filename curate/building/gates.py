"""Gates of `curate build --check`: what must hold before a script goes on to train."""

from schemas.manifest import Manifest
from schemas.recipe import Recipe


def failures(recipe: Recipe, manifest: Manifest) -> list[str]:
    """A sentence for each gate that fails; empty when all hold."""
    found = []
    leaks = manifest.leaks
    if leaks.cross_split_pairs:
        found.append(f"{leaks.cross_split_pairs} near-duplicate pairs lie across splits")
    if leaks.cross_split_groups:
        found.append(f"{leaks.cross_split_groups} groups lie across splits")
    for name, rows in manifest.splits.items():
        if rows == 0 and getattr(recipe.split, name) > 0:
            found.append(f"the {name} split is empty")
    if not manifest.complete:
        found.append("augmentation stopped before it was done")
    return found
