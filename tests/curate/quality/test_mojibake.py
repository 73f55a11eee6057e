import pytest
from asking import asked, conversation

from curate.quality.mojibake import mojibake
from schemas.example import Example, Message
from schemas.recipe import Quality


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("Wir kÃ¶nnen Ihnen helfen.", 1),
        ("FÃ¼r die GrÃ¶ÃŸe gilt das.", 3),
        ("Itâ€™s on its way.", 1),
        ("It costs Â£5.", 1),
        ("Une tasse de cafÃ©", 1),
        ("Ð—Ð´Ñ€Ð°Ð²ÑÑ‚Ð²ÑƒÐ¹", 7),
        ("M\x92s order", 1),
        ("caf\ufffd au lait, na\ufffdve", 2),
    ],
)
def test_broken_places_are_counted(answer: str, places: int) -> None:
    verdict = asked(mojibake, answer)
    assert verdict is not None
    assert (verdict.reason, verdict.score) == ("mojibake", places)


def test_a_prompt_is_looked_at_and_a_tool_result_is_not() -> None:
    assert mojibake(conversation("Wo ist fÃ¼r?", "Hier."), Quality()) is not None
    result = Example("id", (Message("tool", "fÃ¼r"), Message("assistant", "ok")), "s", 1)
    assert mojibake(result, Quality()) is None


@pytest.mark.parametrize(
    "answer",
    [
        "Die Größe ist 5 €, für „Übergrößen“ mehr.",
        "Où ça ? C’est déjà réglé — 25 °C, ½ heure, «oui».",
        "¿Dónde está? El niño pagó £5 y ¥3.",
        "São Paulo, nº 5: AÇÃO E NÃO",
        "Việt Nam: HÀ NỘI",
        "注文した商品はどこですか。「こちら」です。",
        "Где мой заказ? Он в пути…",
        "├── src\n│   └── main.py",
        "x̄ = 5 ± 0.3, σ² ≈ 3×10⁴, ¬p ∨ q",
        "`â€™` is what UTF-8 read as Windows-1252 shows for an apostrophe.",
        "plain",
    ],
)
def test_letters_and_signs_of_any_language_pass(answer: str) -> None:
    assert asked(mojibake, answer) is None
