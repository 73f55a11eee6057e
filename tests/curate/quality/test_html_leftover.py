import pytest
from asking import asked, conversation

from curate.quality.html_leftover import html_leftover
from schemas.example import Example, Message
from schemas.recipe import Quality


@pytest.mark.parametrize(
    ("answer", "markers"),
    [
        ("It ships&nbsp;today.", ["entity"]),
        ("Tom &amp; Jerry say &quot;hi&quot;", ["entity"]),
        ("It&#39;s on its way, &#x27;really&#x27;.", ["entity"]),
        ("Gr&uuml;&szlig;e aus M&uuml;nchen", ["entity"]),
        ("<p>It ships today.</p><p>Bye.</p>", ["p"]),
        ("It ships today.<br>Bye.<br/>Ada", ["br"]),
        ('See <a href="https://shop.example/faq">our FAQ</a>.', ["a"]),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", ["li", "ul"]),
        ('<DIV class="x">It ships</DIV> today', ["div"]),
        ("It ships today.<!-- wp:paragraph -->", ["comment"]),
        ("Press <b>Return</b>&hellip;", ["b", "entity"]),
    ],
)
def test_what_a_page_leaves_is_seen_and_named(answer: str, markers: list[str]) -> None:
    verdict = asked(html_leftover, answer)
    assert verdict is not None
    assert verdict.detail == {"markers": markers}


def test_a_prompt_is_looked_at_and_a_tool_result_is_not() -> None:
    assert html_leftover(conversation("Where is it?<br>Ada", "On its way."), Quality()) is not None
    result = Example("id", (Message("tool", "<p>x</p>"), Message("assistant", "ok")), "s", 1)
    assert html_leftover(result, Quality()) is None


@pytest.mark.parametrize(
    "answer",
    [
        "Write `&nbsp;` between them:\n```html\n<p>Tom &amp; Jerry</p>\n```",
        "In HTML, <b>bold</b> makes text bold, and &lt; is a less-than sign.",
        "The <p> tag opens a paragraph.",
        "Use a Box<b> of List<i>, and a < b or b > a.",
        "| a | b |\n|---|---|\n| one<br>two | three |",
        "It was <s>29 €</s> and is now 19 €.",
        "https://shop.example/?a=1&copy=2&lt=3",
        "AT&T; R&D; Tom & Jerry",
        "Write to <EMAIL_ADDRESS_1>.",
        "<think>It ships today.</think> <answer>today</answer>",
        "A --> B <-- C",
        "She has <<48/2=24>>24 of them.",
    ],
)
def test_code_talk_of_tags_and_other_signs_pass(answer: str) -> None:
    assert asked(html_leftover, answer) is None


def test_who_asks_for_a_page_gets_one() -> None:
    page = "<html><body><p>Hello</p></body></html>"
    assert html_leftover(conversation("Write a web page that greets.", page), Quality()) is None
    assert html_leftover(conversation("How long does it take?", page), Quality()) is not None
    assert html_leftover(conversation("Guten Tag, wo ist mein Paket?", "<p>Hier.</p>"), Quality()) is not None
