"""The word list: what it sees, and the decent texts that it must let pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.toxicity.scorer import make_scorer
from curate.toxicity.wordlist import WordlistScorer
from schemas.recipe import Toxicity

SCORER = WordlistScorer()


def score(text: str) -> float:
    return SCORER([text])[0]["toxicity"]


@pytest.mark.parametrize(
    "text",
    [
        "You are a fucking liar.",
        "FUCK THIS",
        "what a load of shit!",
        "you sh1t",
        "sh!t",
        "$hit happens",
        "fuuuuuck",
        "f*ck you",
        "f**k you",
        "f u c k you",
        "f.u.c.k",
        "**asshole**",
        "you a$$hole",
        "ｆｕｃｋ",
        "fück",
        "bull shit",
        "mother-fucker",
        "you utter wanker",
        "What a stupid answer, you crap robot",
        "you slut",
        "This clown is a retard.",
        "suck my dick",
    ],
)
def test_sees(text: str) -> None:
    assert score(text) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is my order 84120397?",
        "The Scunthorpe shop sells cocktail dresses, assorted classics and grapes.",
        "A door knob, virgin wool, nude tights, a nappy and a chicken breast pasty.",
        "My gay friend liked it.",
        "The Galaxy A55 and the 5S, size 7T, model B00 and 4S5",
        "2*3*4 and **bold** and a*b",
        "Hellooooo! Yesss!!! So coooool",
        "a b c d e f g",
        "I'm so damn angry about this zip",
        "What a stupid mistake of mine",
        "Dr. Dickens wrote about Essex and Sussex",
        "Philip K. Dick and Tony Hoare wrote this.",
        "Filen tog slut, minnet är slut",
        "Je la modifierai plus tard, avec un peu de retard",
        "Soubor již existuje",
        "Horný okraj, o 3 riadky hore",
        "En fart på 30 km, högre fart är bättre",
        "Das ist hell, und das ist auch hell",
    ],
)
def test_lets_pass(text: str) -> None:
    assert score(text) == 0.0


def test_cannot_see_hatred_in_ordinary_words() -> None:
    """Written down, so that nobody takes this backend for more than it is."""
    assert score("I know where you live and you will regret this. People like you should not exist.") == 0.0


def test_is_what_the_recipe_gets(tmp_path) -> None:  # type: ignore[no-untyped-def]
    scorer = make_scorer(Toxicity(backend="wordlist"), tmp_path, tmp_path)
    assert scorer(["shit", "hello"]) == [{"toxicity": 1.0}, {"toxicity": 0.0}]
    assert "better_profanity" in scorer.identity


@given(st.lists(st.text(max_size=40), max_size=5))
def test_each_text_is_scored_by_itself(texts: list[str]) -> None:
    assert SCORER(texts) == [SCORER([text])[0] for text in texts]


def test_is_linear() -> None:
    assert score("a1!" * 30_000) == 0.0
    assert score("* a*" * 30_000) == 0.0
