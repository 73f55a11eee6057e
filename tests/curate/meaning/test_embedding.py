"""The semantic pass: the search against brute force, the whole on a sentence model that the test makes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from desk import RECIPE, chat, write_workspace
from transformers import BertConfig, BertModel, BertTokenizerFast

from curate.building.build import build
from curate.flow.rows import applied
from curate.meaning import embedding, sentence_model
from curate.meaning.embedding import DIGITS, EmbeddingFeature, nearest_before
from curate.meaning.sentence_model import make_embedder
from curate.stages.dedup import Dedup
from schemas import recipe
from schemas.errors import MissingPackage, RecipeError
from schemas.example import Example, Message, hash_messages

WORDS = [f"w{n}" for n in range(200)]
NEAR = recipe.Dedup(semantic=recipe.Semantic(model="model", threshold=0.95))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`model`, a BERT of one layer: its vectors are mostly the mean of the words' own."""
    root = tmp_path_factory.mktemp("semantic")
    vocabulary = root / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    BertTokenizerFast(vocab=str(vocabulary), model_max_length=64).save_pretrained(root / "model")
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=205, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64, initializer_range=0.3,
    )  # fmt: skip
    model = BertModel(config)
    for common in (model.embeddings.position_embeddings, model.embeddings.token_type_embeddings):
        torch.nn.init.zeros_(common.weight)  # the words are all that counts
    model.save_pretrained(root / "model")
    return root


def rows_of(texts: Sequence[tuple[str, str]]) -> list[Example]:
    rows = []
    for line, (prompt, answer) in enumerate(texts, start=1):
        messages = (Message("user", prompt), Message("assistant", answer))
        rows.append(Example(hash_messages(messages), messages, "raw/a.jsonl", line))
    return rows


@pytest.mark.parametrize("block", [3, 7, 1000])
def test_the_nearest_better_row_as_brute_force_finds_it(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_BLOCK", block)
    drawn = np.random.default_rng(3).normal(size=(50, 6))
    vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)
    vectors[20] = vectors[3]
    nearest, similar = nearest_before(vectors, -1.0)
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    assert (nearest[0], similar[0]) == (-1, -1.0)
    for row in range(1, 50):
        assert similar[row] == pytest.approx(max(exact[row, :row]), abs=10**-DIGITS)
        assert exact[row, nearest[row]] == pytest.approx(max(exact[row, :row]), abs=10**-DIGITS)
    some, theirs = nearest_before(vectors, 0.8)
    assert (some == np.where(similar >= 0.8, nearest, -1)).all()
    assert (theirs == np.where(similar >= 0.8, similar, -1.0)).all()
    assert 0 < (some >= 0).sum() < 50
    assert [len(part) for part in nearest_before(np.empty((0, 0), dtype=np.float16), 0.9)] == [0, 0]


def test_vectors_have_length_one_and_silence_has_none(root: Path) -> None:
    feature = EmbeddingFeature(make_embedder("model", root))
    vectors = feature(rows_of([("w1 w2", "w3"), (" ", "\n"), ("w4", "w5")]))["vectors"]
    assert vectors.dtype == np.float16
    assert np.linalg.norm(vectors.astype(float), axis=1) == pytest.approx([1, 0, 1], abs=1e-3)


def test_rows_alike_in_meaning_are_flagged_and_stay(root: Path) -> None:
    asked, other = " ".join(WORDS[:12]), " ".join(WORDS[100:112])
    rows = rows_of(
        [
            (asked, " ".join(WORDS[20:40])),
            (" ".join(reversed(asked.split())), " ".join(reversed(WORDS[20:40]))),
            (other, " ".join(WORDS[150:170])),
        ]
    )
    assert applied(Dedup(recipe.Dedup()), rows).events == []
    outcome = applied(Dedup(NEAR, embedder=make_embedder("model", root)), rows)
    assert len(outcome.rows) == 3
    (event,) = outcome.events
    first, second = sorted(rows[:2], key=lambda row: row.example_id)
    assert (event.action, event.reason) == ("flagged", "semantic_duplicate")
    assert (event.example_id, event.matched_id) == (second.example_id, first.example_id)
    assert event.score is not None
    assert 0.95 <= event.score <= 1.0001
    assert event.threshold == 0.95
    assert [row.flags for row in outcome.rows if row.example_id == second.example_id] == [
        ("semantic_duplicate",)
    ]


def test_a_build_flags_and_asks_the_model_once(root: Path, tmp_path: Path) -> None:
    path = write_workspace(tmp_path / "desk")
    lines = [chat("w1 w2 w3 w4 w5 w6 w7", "w10 w11 w12 w13"), chat("w7 w6 w5 w4 w3 w2 w1", "w13 w12 w11 w10")]
    (path.parent / "raw" / "tickets.jsonl").write_text("\n".join(lines), encoding="utf-8")
    semantic = f"{{model: {root / 'model'}, threshold: 0.95}}"
    path.write_text(RECIPE.replace("{threshold: 0.8}", f"{{threshold: 0.8, semantic: {semantic}}}"))
    version = build(path, say=lambda _: None)
    (stage,) = (s for s in version.manifest.stages if s.name == "dedup")
    assert (stage.flagged, stage.dropped) == (1, {})


def test_the_key_follows_the_models_files(root: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for file in (root / "model").iterdir():
        (tmp_path / "model" / file.name).write_bytes(file.read_bytes())
    assert make_embedder("model", tmp_path).key == make_embedder("model", root).key
    (tmp_path / "model" / "config.json").write_bytes((root / "model" / "config.json").read_bytes() + b"\n")
    assert make_embedder("model", tmp_path).key != make_embedder("model", root).key


def test_a_missing_model_or_package_is_a_clear_error(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(RecipeError, match=r"dedup\.semantic\.model: 'no/such' is no folder here"):
        make_embedder("no/such", root)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").write_text("{")
    with pytest.raises(RecipeError, match="'empty' cannot be loaded"):
        make_embedder("empty", tmp_path).encode(["a"])
    find: Callable[[str], None] = lambda name: None  # noqa: ARG005, E731
    monkeypatch.setattr(sentence_model, "find_spec", find)
    with pytest.raises(MissingPackage) as raised:
        make_embedder("model", root)
    assert "siftune[semantic]" in raised.value.mend
