"""Metrics against the libraries, published scripts and worked examples; and hostile answers."""

import json
import random
import re
import string
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sklearn.metrics import f1_score

from schemas.errors import RecipeError, UsageError
from schemas.example import Example, Message
from train.evaluation.metrics import json_answers, labels, overlap
from train.evaluation.metrics.catalogue import BUILT_IN, check, choose
from train.evaluation.metrics.words import squad_tokens, words

EXAMPLE = Example("ab12", (Message("user", "q"), Message("assistant", "a")), "raw/a.jsonl", 1)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


def squad_f1(prediction: str, truth: str) -> float:
    """`compute_f1` of SQuAD 2.0's evaluation script."""

    def normalize_answer(s: str) -> str:
        s = "".join(ch for ch in s.lower() if ch not in set(string.punctuation))
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", s).split())

    gold, said = normalize_answer(truth).split(), normalize_answer(prediction).split()
    same = sum((Counter(gold) & Counter(said)).values())
    if len(gold) == 0 or len(said) == 0:
        return float(gold == said)
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(gold)
    return 2 * precision * recall / (precision + recall)


@given(ASCII, ASCII)
def test_token_f1_is_squads(prediction: str, reference: str) -> None:
    assert overlap.token_f1(prediction, reference) == pytest.approx(squad_f1(prediction, reference))
    assert overlap.token_f1(reference, reference) == 1.0


@given(ASCII, ASCII)
def test_rouge_l_is_rouge_scores(prediction: str, reference: str) -> None:
    """Of English text, by its own tokenizer."""
    theirs = RougeScorer(["rougeL"], use_stemmer=False).score(reference, prediction)["rougeL"].fmeasure
    assert overlap.rouge_l(prediction, reference) == theirs


def test_scripts_without_spaces_and_with_other_letters() -> None:
    assert words("你好ab Ωmega naïve हिन्दी 한국어 สวัสดี カナ") == [
        "你", "好", "ab", "ωmega", "naïve", "हिन्दी", "한국어", "ส", "วั", "ส", "ดี", "カ", "ナ",
    ]  # fmt: skip
    assert squad_tokens("The 你好。 U.S. «да»") == ["你", "好", "us", "да"]
    # Four characters of five are the same: a word segmenter would decide between 0 and 1.
    assert overlap.token_f1("今天天气好", "今天天气坏") == pytest.approx(0.8)
    assert overlap.rouge_l("今天天气好", "今天天气坏") == pytest.approx(0.8)
    assert overlap.rouge_l("größer als", "größer als") == 1.0  # the library's own tokenizer sees gr, er, als
    assert overlap.rouge_l("привет", "привет") == 1.0  # and here nothing at all
    assert overlap.Sacre.of(["今天天气好", "ok"]).bleu.tokenizer.signature() == "char"
    assert overlap.Sacre.of(["it is fine", "今"]).bleu.tokenizer.signature() == "13a"


def test_exact_match_is_of_the_text() -> None:
    assert overlap.exact_match(" Paris\r\n", "Paris") == 1.0
    assert overlap.exact_match("cafe\u0301", "café") == 1.0
    assert overlap.exact_match("paris", "Paris") == 0.0
    assert overlap.exact_match("Paris.", "Paris") == 0.0


def test_bleu_and_chrf_are_sacrebleus() -> None:
    """Corpora of random short texts: empty answers, no matches at an order, answers too short for one."""
    rng = random.Random(7)
    vocabulary = ["a", "b", "c", "d", "e", "f,", "g."]
    for _ in range(60):
        said = [" ".join(rng.choices(vocabulary, k=rng.randint(0, 7))) for _ in range(rng.randint(1, 6))]
        wanted = [" ".join(rng.choices(vocabulary, k=rng.randint(1, 7))) for _ in said]
        sacre = overlap.Sacre.of(wanted)
        sums = np.sum([sacre.statistics(a, b) for a, b in zip(said, wanted, strict=True)], axis=0)
        assert overlap.corpus_bleu(sums[None].astype(float))[0] == pytest.approx(
            BLEU().corpus_score(said, [wanted]).score, abs=1e-9
        )
        alone = BLEU(effective_order=True).sentence_score(said[0], [wanted[0]]).score
        assert sacre.sentence_bleu(said[0], wanted[0]) == alone
        assert sacre.sentence_chrf(said[0], wanted[0]) == CHRF().sentence_score(said[0], [wanted[0]]).score
    assert np.isnan(overlap.corpus_bleu(np.zeros((1, 10)))[0])


@pytest.mark.parametrize(
    ("prediction", "reference", "valid", "keys", "equal"),
    [
        ('{"a": 1, "b": [2]}', '{"b": [3, 4], "a": 0.5}', 1, 1, 0),
        ('{"b":[2],"a":1}', '{"a": 1, "b": [2]}', 1, 1, 1),
        ('{"a": "1", "b": [2]}', '{"a": 1, "b": [2]}', 1, 0, 0),
        ('{"a": true}', '{"a": 1}', 1, 0, 0),
        ('{"a": 1, "c": 2}', '{"a": 1}', 1, 0, 0),
        ("[1, 2]", "[2, 1]", 1, 1, 0),
        ("[1, 1]", "[1]", 1, 1, 0),
        ('{"[]": 1}', "[1]", 1, 0, 0),
        ('{"a/b": 1}', '{"a": {"b": 1}}', 1, 0, 0),
        ("{}", "[]", 1, 0, 0),
        ('```json\n{"a": 1}\n```', '{"a": 1}', 0, 0, 0),
        ('{"a": NaN}', '{"a": 1}', 0, 0, 0),
        ('{"a": 1', '{"a": 1}', 0, 0, 0),
        ("", "{}", 0, 0, 0),
        ("yes", "yes", None, None, None),
        ("1", "1", None, None, None),
    ],
)
def test_json(prediction: str, reference: str, valid: Any, keys: Any, equal: Any) -> None:
    found = [m(prediction, reference) for m in
             (json_answers.json_valid, json_answers.json_keys, json_answers.json_equal)]  # fmt: skip
    assert found == [valid, keys, equal]


@given(VALUES)
def test_json_equals_itself(value: Any) -> None:
    text = json.dumps([value])
    assert json_answers.json_equal(json.dumps([value], indent=1), text) == 1.0
    assert json_answers.json_keys(text, text) == json_answers.json_valid(text, text) == 1.0


def test_macro_f1_is_scikit_learns() -> None:
    rng = random.Random(3)
    for _ in range(40):
        wanted = rng.choices(["Yes", "No", "Not sure"], k=20)
        said = [rng.choice([w, "no", "YES.", "maybe", ""]) for w in wanted]
        found = labels.labels_of(wanted)
        sums = np.sum([labels.confusion(a, b, found) for a, b in zip(said, wanted, strict=True)], axis=0)
        clean = [s.lower().strip(".") for s in said]
        theirs = f1_score([w.lower() for w in wanted], clean, labels=found, average="macro", zero_division=0)
        assert labels.macro_f1(sums[None])[0] == pytest.approx(theirs)


def test_what_counts_as_labels() -> None:
    assert labels.labels_of(["Yes", "yes.", "No"] * 5) == ("no", "yes")
    assert labels.labels_of(["yes", "no"] * 4) == ()  # four times each is no set of labels yet
    assert labels.labels_of(["yes"] * 30) == ()
    assert labels.labels_of([f"answer {i % 25}" for i in range(500)]) == ()
    assert labels.labels_of(["a b c d e f g h", "the other one is"] * 20) == ()
    assert labels.labels_of(["", "yes"] * 20) == ()


HOSTILE = [
    "", " ", "\x00\x1b[2J\u202e", "[" * 5000, '{"a":' * 900 + "1" + "}" * 900, "9" * 400, "a " * 1500,
    "\ufffd\U0010ffff", "the a an", "?!…", "NaN", "1e999", "{{" * 50, "\u0301" * 40, "字" * 900,
]  # fmt: skip


@pytest.mark.parametrize("prediction", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_are_finite_numbers(prediction: str, tmp_path: Path) -> None:
    references = ['{"a": 1}', "yes", "no", "The answer.", "", prediction] * 5
    chosen = choose(BUILT_IN, references, tmp_path, "x")
    for metric in chosen.metrics:
        for reference in references[:6]:
            value = metric.value(prediction, reference, EXAMPLE) if metric.value else None
            assert value is None or 0 <= value <= 100.0001
            numbers = metric.statistics(prediction, reference, value)
            assert len(numbers) == metric.width
            assert np.isfinite(numbers).all()


def test_what_is_chosen(tmp_path: Path) -> None:
    text = ("exact_match", "f1", "rouge_l", "bleu", "chrf")
    assert choose((), ["one", "two"], tmp_path, "x").names == text
    assert choose((), ["one", "{}"], tmp_path, "x").names == (*text, "json_valid", "json_keys", "json_equal")
    assert choose((), ["yes", "no"] * 9, tmp_path, "x").names == (*text, "accuracy", "macro_f1")
    assert choose(("loss", "f1", "macro_f1"), ["one"], tmp_path, "x").names == ("f1",)
    with pytest.raises(UsageError, match="'rogue_l' is no metric"):
        check(["rogue_l"], tmp_path, "eval.metrics")


OWN = """
def length(prediction, reference, example):
    return len(prediction) / len(example.messages)

def some(prediction, reference, example):
    return None if reference == "skip" else True

def broken(prediction, reference, example):
    return 1 / 0

def words(prediction, reference, example):
    return "good"

def endless(prediction, reference, example):
    return float("nan")
"""


def test_a_metric_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "judge.py").write_text(OWN)
    chosen = choose(("mine.judge.length", "mine.judge.some"), ["x"], tmp_path, "eval.metrics")
    length, some = (metric.value for metric in chosen.metrics)
    assert length is not None
    assert some is not None
    assert length("four", "x", EXAMPLE) == 2.0
    assert (some("a", "x", EXAMPLE), some("a", "skip", EXAMPLE)) == (1.0, None)
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "workspace"
    assert choose(("mine.judge.length",), ["x"], elsewhere, "eval.metrics").names == ("mine.judge.length",)
    with pytest.raises(RecipeError, match=r"eval.metrics: 'mine.judge' has no function 'lenght'"):
        check(["mine.judge.lenght"], tmp_path, "eval.metrics")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("broken", "raised ZeroDivisionError: division by zero, for example ab12"),
        ("words", "returned 'good', which is no finite number, for example ab12"),
        ("endless", "returned nan, which is no finite number, for example ab12"),
    ],
)
def test_its_mistakes_are_told_with_the_example(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    (metric,) = choose((f"mine.{name}",), ["x"], tmp_path, "eval.metrics").metrics
    assert metric.value is not None
    with pytest.raises(UsageError, match=re.escape(f"the metric mine.{name} {told}")):
        metric.value("a", "b", EXAMPLE)
