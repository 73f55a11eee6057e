import pytest
from asking import asked

from curate.quality.language import language
from schemas.errors import RecipeError

GERMAN = "Ihr Paket kommt am Dienstag an, bitte warten Sie noch zwei Tage auf die Lieferung."
ENGLISH = "Your parcel will arrive on Tuesday, please wait two more days for the delivery."
FRENCH = "Votre colis arrivera mardi, merci de patienter encore deux jours avant la livraison."
SPANISH = "Su paquete llegará el martes, por favor espere dos días más para la entrega."
ARABIC = "سيصل طردك يوم الثلاثاء، يرجى الانتظار يومين آخرين حتى موعد التسليم."
JAPANESE = "お荷物は火曜日に届きますので、配達まであと二日お待ちくださいますようお願いいたします。"


@pytest.mark.parametrize(
    ("answer", "languages", "reason"),
    [
        (GERMAN, ("en",), "language:de"),
        (GERMAN, ("en", "de"), None),
        (ENGLISH, ("en",), None),
        (ENGLISH, ("de", "fr"), "language:en"),
        (FRENCH, ("en",), "language:fr"),
        (SPANISH, ("en",), "language:es"),
        (ARABIC, ("en",), "language:ar"),
        (JAPANESE, ("en",), "language:ja"),
        (JAPANESE, ("ja",), None),
        (GERMAN, (), None),
        ("Ja, gerne!", ("en",), None),
        ("Trailhead Rainshell 3L in Moss, EUR 189", ("en",), None),
        ("您的订单正在路上,请耐心等待几天时间好吗谢谢您的理解和支持", ("en",), "language:zh"),
        ("Добрый день, ваш заказ уже в пути и прибудет завтра", ("en",), "language:ru"),
        ("```\n" + GERMAN + "\n```", ("en",), None),
    ],
)
def test_language(answer: str, languages: tuple[str, ...], reason: str | None) -> None:
    verdict = asked(language, answer, languages=languages)
    assert (verdict and verdict.reason) == reason


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(RecipeError, match="xx is no language"):
        asked(language, ENGLISH, languages=("xx",))


@pytest.mark.parametrize("languages", [None, ("de", "en", "fr", "ja")])
def test_the_compiled_walk_gives_the_scores_of_the_package_to_the_last_bit(
    languages: tuple[str, ...] | None,
) -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    import curate.quality.kernels  # noqa: F401 - compiled code is there from here on
    from curate.quality.identifier import Identifier

    ours, theirs = Identifier.loaded(), LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    for each in (ours, theirs):
        each.set_languages(languages)
    texts = [GERMAN, ENGLISH, FRENCH, SPANISH, ARABIC, JAPANESE, "", "7", "\x00", "a\ud800b", GERMAN * 400]
    for text in [*texts, *(f"{GERMAN[:n]} {JAPANESE[n:]}" for n in range(len(JAPANESE)))]:
        assert ours.rank(text) == theirs.rank(text)
