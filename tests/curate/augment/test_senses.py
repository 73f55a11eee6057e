"""Gates that need a model, on small real ones: a spaCy pipeline and a sentence model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

from curate.augment.senses import Senses, senses_of
from curate.flow.rows import with_made
from curate.llm import make_completer, settings_of
from curate.stages.augment import Augment as AugmentStage
from schemas.example import Example, Message
from schemas.recipe import Augment, Dedup, Recipe

WORDS = [f"w{n}" for n in range(200)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("senses")
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]
        [{"label": "ORG", "pattern": "Fable Outfitters"}, {"label": "DATE", "pattern": "next Friday"}]
    )
    nlp.to_disk(root / "ner")
    vocabulary = root / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    BertTokenizerFast(vocab=str(vocabulary), model_max_length=64).save_pretrained(root / "model")
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=205, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, initializer_range=0.3,
    )  # fmt: skip
    model = BertModel(config)
    for common in (model.embeddings.position_embeddings, model.embeddings.token_type_embeddings):
        torch.nn.init.zeros_(common.weight)
    model.save_pretrained(root / "model")
    return root


def senses(root: Path, **sections: object) -> Senses:
    fields = {"system_prompt": None, "sources": [{"path": "x"}], "augment": {"min_cosine": 0.6}, **sections}
    return senses_of(Recipe.model_validate(fields), root)


def test_names_are_kept_and_dates_may_be_said_otherwise(root: Path) -> None:
    found = senses(root, pii={"ner": "ner"}).judge(
        [
            ("Does Fable Outfitters send it next Friday?", "Will fable outfitters post it in a week?"),
            ("Does Fable Outfitters send it next Friday?", "Will the shop post it next Friday?"),
            ("Where is it?", "What became of it?"),
        ]
    )
    assert [None if f is None else f.gate for f in found] == [None, "entity_lost", None]
    assert "Fable Outfitters" in (found[1].words if found[1] else "")


def test_a_meaning_too_far_off_is_refused(root: Path) -> None:
    old = " ".join(WORDS[:20])
    near, far = senses(root, dedup={"semantic": {"model": "model"}}).judge(
        [(old, " ".join(WORDS[19:1:-1])), (old, " ".join(WORDS[100:120]))]
    )
    assert near is None
    assert far is not None
    assert far.gate == "meaning"
    assert far.threshold == 0.6
    assert far.score is not None
    assert far.score < 0.6


def test_without_models_there_are_no_such_gates(root: Path) -> None:
    assert senses(root).judge([("Fable Outfitters", "cheese")]) == [None]
    assert senses(root).entities is None


def test_a_child_that_loses_a_name_is_asked_for_again(
    root: Path, endpoint: Any, tmp_path: Path, make_example: Callable[..., Example]
) -> None:
    asked = "Does Fable Outfitters deliver the blue tent to the mountains before the weekend?"
    row = make_example(1, messages=(Message("user", asked), Message("assistant", "It does.")))
    without = "Will the shop bring the blue tent up to the mountains ahead of the weekend?"
    with_name = without.replace("the shop", "Fable Outfitters")
    endpoint.mood = lambda n, _body: json.dumps({"user_turns": [with_name if n else without]})
    settings = Augment(**endpoint.section(), strategies={"paraphrase": 1})
    complete = make_completer(settings_of("augment", settings), tmp_path / "a.db", lambda _: None)
    stage = AugmentStage(settings, complete, [], Dedup(), senses=senses(root, pii={"ner": "ner"}))
    (_, child) = with_made(stage, [row]).rows
    assert child.prompt == with_name
    assert "these names must be kept: Fable Outfitters" in endpoint.bodies[1]["messages"][3]["content"]
