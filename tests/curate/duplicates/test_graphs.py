"""New rows ask for the rows that they are tied to: their neighbours, and none of another cluster."""

import random

import numpy as np
import pytest

from curate.duplicates.graphs import Graphs, tied
from curate.flow.rows import InMemory
from curate.similarity.features import PARTS, shingles_of
from curate.similarity.index import NearIndex
from schemas.arrays import Ints
from schemas.example import Example, Message
from schemas.recipe import Dedup

SETTINGS = Dedup(threshold=0.6)


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for many rows, though there are few."""
    monkeypatch.setattr("curate.similarity.pairs.FEW", 0)


def corpus(draw: random.Random) -> list[Example]:
    """Rows of which some say nearly the same, ask it, or answer it."""
    words = [f"w{n}" for n in range(300)]
    sides = [" ".join(draw.choices(words, k=draw.randrange(12, 24))) for _ in range(120)]
    for _ in range(60):
        near = draw.choice(sides).split()
        near[draw.randrange(len(near))] = draw.choice(words)
        sides.append(" ".join(near))
    messages = [
        (Message("user", draw.choice(sides)), Message("assistant", draw.choice(sides))) for _ in range(150)
    ]
    return [Example(f"{line // 2:020x}", said, "a", line) for line, said in enumerate(messages)]


def keys(rows: InMemory) -> list[np.ndarray]:  # type: ignore[type-arg]
    return [rows.column("example_id")]


@pytest.mark.parametrize("settings", [SETTINGS, None])
def test_neighbours_of_new_rows(settings: Dedup | None) -> None:
    for seed in range(6):
        draw = random.Random(seed)
        everyone = corpus(draw)
        before = InMemory(everyone[:130])
        graphs = _asked(before, settings)
        assert graphs.ties is not None
        rows = InMemory(everyone)
        rows._kept = before._kept
        new = np.array([*sorted(draw.sample(range(130), 3)), *range(130, 150)])
        found = tied(rows, settings, keys(rows), new)
        assert found is not None
        ties = _asked(InMemory(everyone), settings).ties
        assert ties is not None
        assert np.isin(ties[found], ties[new]).all()
        assert set(_neighbours(rows, settings, new).tolist()) <= set(found.tolist())
        assert len(found) > len(new)


def _asked(rows: InMemory, settings: Dedup | None) -> Graphs:
    graphs = Graphs(rows, settings, np.arange(len(rows)), keys(rows), exact=False)
    for part in PARTS if settings else ():
        graphs.index(part)
    return graphs


def _neighbours(rows: InMemory, settings: Dedup | None, new: Ints) -> Ints:
    """By comparing all with all."""
    ids = rows.column("example_id")
    reached = np.isin(ids, ids[new])
    for part in PARTS if settings else ():
        index = NearIndex.of(shingles_of(rows, part, SETTINGS.shingle), SETTINGS)
        reached |= index.beside(new)
    return np.flatnonzero(reached)
