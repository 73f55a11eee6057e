"""Detoxify's loader and our batching, on a two-layer BERT checkpoint that the test writes."""

import pickle
import shutil
from pathlib import Path
from typing import Any, get_args

import apsw
import pytest
import torch
from detoxify.detoxify import MODEL_URLS
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from curate.toxicity.cache import CachedScorer
from curate.toxicity.cascade import CLEAN
from curate.toxicity.detoxify_scorer import DetoxifyScorer
from curate.toxicity.layers import pack
from curate.toxicity.scorer import Scorer, make_scorer
from schemas.errors import DataError, RecipeError
from schemas.recipe import Toxicity

CLASSES = ["toxic", "severe_toxic", "insult"]
LABELS = ["toxicity", "severe_toxicity", "insult"]
WORDS = ["hello", "you", "are", "nice", "bad", "jacket", "order", "the", "is", "late"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`toxic.ckpt` as Detoxify writes it, and the folder `config`."""
    root = tmp_path_factory.mktemp("toxicity")
    (root / "config").mkdir()
    vocabulary = root / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    BertTokenizerFast(vocab=str(vocabulary), model_max_length=32).save_pretrained(root / "config")
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=15, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32, num_labels=len(CLASSES), initializer_range=0.8,
    )  # fmt: skip
    config.save_pretrained(root / "config")
    save(root / "toxic.ckpt", BertForSequenceClassification(config).state_dict())
    return root


def save(path: Path, state: Any) -> None:
    args = {
        "model_type": "bert-base-uncased",
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizerFast",
        "num_classes": len(CLASSES),
    }
    config = {"arch": {"args": args}, "dataset": {"args": {"classes": CLASSES}}}
    torch.save({"config": config, "state_dict": state}, path)


def settings(**changes: Any) -> Toxicity:
    return Toxicity.model_validate({"checkpoint": "toxic.ckpt", "config": "config", **changes})


@pytest.fixture
def scorer(root: Path, tmp_path: Path) -> Scorer:
    return make_scorer(settings(), root, tmp_path / "cache")


def reference(root: Path, text: str) -> dict[str, float]:
    """transformers alone, one short text, no padding."""
    config = BertConfig.from_pretrained(root / "config")
    state = torch.load(root / "toxic.ckpt", weights_only=True)["state_dict"]
    model = BertForSequenceClassification(config)
    model.load_state_dict(state)
    ids = BertTokenizerFast.from_pretrained(root / "config")(text, return_tensors="pt")
    with torch.inference_mode():
        scores = torch.sigmoid(model.eval()(**ids).logits[0]).tolist()
    return dict(zip(LABELS, scores, strict=True))


def test_scores_are_the_models(scorer: Scorer, root: Path) -> None:
    texts = ["hello you", "the jacket is late", "you are bad bad bad", "nice"]
    for text, scores in zip(texts, scorer(texts), strict=True):
        assert scores == pytest.approx(reference(root, text), abs=1e-4)


def test_the_order_and_size_of_a_batch_change_nothing(root: Path) -> None:
    scorer = DetoxifyScorer("original", root / "toxic.ckpt", root / "config")
    texts = ["hello", "you are nice " * 5, "bad", "", "the order is late"]
    assert scorer(texts) == [scorer([text])[0] for text in texts]
    assert scorer(texts[::-1]) == scorer(texts)[::-1]


def test_the_end_of_a_long_text_is_scored(root: Path) -> None:
    scorer = DetoxifyScorer("original", root / "toxic.ckpt", root / "config")
    first_window, whole = scorer(["hello " * 30, "hello " * 30 + "you are bad " * 60])
    assert whole != first_window
    assert all(whole[label] >= first_window[label] for label in LABELS)


def test_the_cache_keeps_scores_and_never_text(root: Path, tmp_path: Path) -> None:
    make_scorer(settings(), root, tmp_path)(["hello you are nice"])
    (path,) = tmp_path.glob("toxicity.db")
    connection = apsw.Connection(str(path))
    ((count,),) = connection.execute("SELECT count(*) FROM scores")
    assert count == 1
    connection.close()
    assert all(b"hello you" not in file.read_bytes() for file in tmp_path.iterdir())


class Counting:
    """A scorer that remembers what it was asked."""

    def __init__(self, identity: str, score: float) -> None:
        self.identity = identity
        self.score = score
        self.asked: list[str] = []

    def __call__(self, texts: Any) -> list[dict[str, float]]:
        self.asked += texts
        return [{"toxicity": self.score} for _ in texts]


def test_the_cache_asks_once_per_scorer_and_text(tmp_path: Path) -> None:
    one, two = Counting("one", 0.1), Counting("two", 0.2)
    for _ in range(2):
        assert CachedScorer(one, tmp_path / "t.db")(["a", "b", "a"]) == [{"toxicity": 0.1}] * 3
    assert CachedScorer(two, tmp_path / "t.db")(["a"]) == [{"toxicity": 0.2}]
    assert (one.asked, two.asked) == (["a", "b"], ["a"])


def test_a_damaged_cache_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.db").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(DataError, match="damaged"):
        CachedScorer(Counting("one", 0.1), tmp_path / "t.db")(["a"])


def test_it_pickles_and_other_weights_are_another_identity(
    scorer: Scorer, root: Path, tmp_path: Path
) -> None:
    before = scorer(["hello"])
    again: Scorer = pickle.loads(pickle.dumps(scorer))
    assert (again.identity, again(["hello"])) == (scorer.identity, before)
    state = torch.load(root / "toxic.ckpt", weights_only=True)["state_dict"]
    save(tmp_path / "other.ckpt", {name: weight * 1.5 for name, weight in state.items()})
    other = make_scorer(settings(checkpoint=str(tmp_path / "other.ckpt")), root, tmp_path)
    assert other.identity != scorer.identity


class Crafted:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (Path("pwned"),)  # type: ignore[return-value]


def test_a_checkpoint_that_would_run_code_is_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"config": Crafted(), "state_dict": {}}, tmp_path / "crafted.ckpt")
    crafted = make_scorer(settings(checkpoint=str(tmp_path / "crafted.ckpt")), root, tmp_path)
    with pytest.raises(RecipeError, match="may run code"):
        crafted(["hello"])
    assert not (tmp_path / "pwned").exists()


def test_what_is_no_checkpoint_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.ckpt").write_bytes(b"")
    torch.save({"weights": {}}, tmp_path / "weights.ckpt")
    save(tmp_path / "hollow.ckpt", {})
    for name, problem in (("empty", "no checkpoint"), ("weights", "needs `config`"), ("hollow", "lacks")):
        scorer = make_scorer(settings(checkpoint=str(tmp_path / f"{name}.ckpt")), root, tmp_path)
        with pytest.raises(RecipeError, match=problem):
            scorer(["hello"])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"checkpoint": "nowhere.ckpt"}, "is no file"), ({"config": "nowhere"}, "has no config.json")],
)
def test_a_path_that_is_not_there_is_said_at_once(
    root: Path, tmp_path: Path, changes: Any, problem: str
) -> None:
    with pytest.raises(RecipeError, match=problem):
        make_scorer(settings(**changes), root, tmp_path)


def test_a_checkpoint_folder_serves_with_its_own_config(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(root / "config", folder)
    shutil.copy(root / "toxic.ckpt", folder)
    of_folder = make_scorer(settings(checkpoint="model", config=None), tmp_path, tmp_path / "one")
    of_file = make_scorer(settings(), root, tmp_path / "two")
    assert of_folder(["you are bad"]) == of_file(["you are bad"])
    assert list(of_folder.labels) == LABELS
    (folder / "toxic.ckpt").rename(folder / "toxic.txt")
    with pytest.raises(RecipeError, match="holds no checkpoint"):
        make_scorer(settings(checkpoint="model", config=None), tmp_path, tmp_path)


def test_labels_of_a_checkpoint_are_checked(root: Path, tmp_path: Path) -> None:
    make_scorer(settings(labels={"insult": 0.5}), root, tmp_path)
    with pytest.raises(RecipeError, match="no label 'threat'"):
        make_scorer(settings(labels={"threat": 0.5}), root, tmp_path)


def test_int8_is_close_has_its_own_identity_and_does_not_hang_on_neighbours(root: Path) -> None:
    exact = DetoxifyScorer("original", root / "toxic.ckpt", root / "config")
    int8 = DetoxifyScorer("original", root / "toxic.ckpt", root / "config", "int8")
    texts = ["hello", "you are nice " * 5, "bad", "the order is late", "the jacket is late bad"]
    assert int8.identity != exact.identity
    together = int8(texts)
    assert together == [int8([text])[0] for text in texts]
    assert together != exact(texts)
    for one, other in zip(together, exact(texts), strict=True):
        assert one == pytest.approx(other, abs=0.05)


def test_packed_layers_score_as_plain_ones(root: Path) -> None:
    model = BertForSequenceClassification(BertConfig.from_pretrained(root / "config")).eval()
    ids = torch.tensor([[2, 5, 6, 7, 3], [2, 9, 9, 14, 3]])
    with torch.inference_mode():
        before = model(ids).logits
        pack(model)
        assert torch.allclose(model(ids).logits, before, atol=1e-5)
    assert not any(type(layer) is torch.nn.Linear for layer in model.modules())


def test_a_cascade_is_exact_wherever_int8_finds_anything(root: Path, tmp_path: Path) -> None:
    """On a head shifted so that it finds something in half of the texts."""
    folder = tmp_path / "model"
    shutil.copytree(root / "config", folder)
    texts = [f"{one} {other} you are {one}" for one in WORDS for other in WORDS]
    highest = sorted(max(s.values()) for s in DetoxifyScorer("original", root / "toxic.ckpt", folder)(texts))
    state = dict(torch.load(root / "toxic.ckpt", weights_only=True)["state_dict"])
    state["classifier.bias"] = (
        state["classifier.bias"] - torch.tensor(highest[50]).logit() + torch.tensor(CLEAN).logit()
    )
    save(folder / "toxic.ckpt", state)
    exact, int8 = (DetoxifyScorer("original", folder, None, mode) for mode in ("exact", "int8"))
    cascade: Scorer = pickle.loads(
        pickle.dumps(
            make_scorer(settings(checkpoint="model", config=None, mode="cascade"), tmp_path, tmp_path)
        )
    )
    doubtful = [max(scores.values()) >= CLEAN for scores in int8(texts)]
    assert 20 < sum(doubtful) < 80
    both = zip(doubtful, exact(texts), int8(texts), strict=True)
    assert cascade(texts) == [precise if twice else quick for twice, precise, quick in both]
    assert len({cascade.identity, exact.identity, int8.identity}) == 3
    assert list(cascade.labels) == LABELS


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"threshold": 0.1}, "toxicity.threshold: 0.1"),
        ({"labels": {"insult": 0.05}}, "toxicity.labels.insult: 0.05"),
        ({"roles": {"user": 0.1}}, "toxicity.roles.user: 0.1"),
        ({"roles": {"user": {"threshold": 0.02}}}, "toxicity.roles.user: 0.02"),
        ({"roles": {"user": {"labels": {"insult": 0.0}}}}, "toxicity.roles.user.labels.insult: 0"),
    ],
)
def test_a_threshold_that_a_cascade_would_not_see_is_an_error(
    root: Path, tmp_path: Path, changes: Any, key: str
) -> None:
    make_scorer(settings(**changes), root, tmp_path)
    with pytest.raises(RecipeError, match=f"{key} is not above 0.1"):
        make_scorer(settings(mode="cascade", **changes), root, tmp_path)


def test_every_model_that_detoxify_publishes_can_be_named(tmp_path: Path) -> None:
    named = get_args(Toxicity.model_fields["model"].annotation)
    assert set(named) == set(MODEL_URLS)
    for name in named:
        given = Toxicity.model_validate({"backend": "detoxify", "model": name, "labels": {"insult": 0.5}})
        assert "toxicity" in make_scorer(given, tmp_path, tmp_path).labels
