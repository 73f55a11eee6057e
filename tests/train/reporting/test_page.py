"""The report of a real run: whole, without script or network, and no text of the data is markup."""

import re
from xml.etree.ElementTree import Element

import html5lib
import pytest

import train
from curate.workspace import Workspace
from schemas.example import Example
from train.reporting.writing import write_report

NAMESPACE = re.compile(r"\{.*?\}")


@pytest.fixture(scope="module")
def tree(page: str) -> Element:
    """Parsed by the rules of HTML; anything against them raises."""
    root: Element = html5lib.HTMLParser(strict=True).parse(page)
    return root


def tags(tree: Element) -> set[str]:
    return {NAMESPACE.sub("", str(element.tag)) for element in tree.iter()}


def words(element: Element) -> str:
    return "".join(element.itertext())


def test_it_asks_nobody_and_runs_nothing(page: str, tree: Element) -> None:
    assert not tags(tree) & {"script", "img", "link", "iframe", "object", "embed", "form", "foreignObject"}
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert name not in ("src", "action", "xlink:href")
            assert name != "href" or value.startswith("#")
    assert not re.search(r"@import|url\(|https?://", page)
    assert "prefers-color-scheme: dark" in page


def test_hostile_texts_are_words(page: str, tree: Element) -> None:
    shown = words(tree)
    assert "<script>alert(1)</script>" in shown
    assert '"><img src=x onerror=alert(2)>' in shown
    assert "␛[31mred⟨U+202E⟩" in shown
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_flagged_texts_stay_out(page: str, odd: list[Example]) -> None:
    flagged = odd[2]
    assert flagged.example_id in page
    assert flagged.prompt not in page


def test_every_link_leads_somewhere(tree: Element) -> None:
    ids = [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    links = {e.attrib["href"][1:] for e in tree.iter() if "href" in e.attrib}
    assert links <= set(ids)
    assert any(link.startswith("e-") for link in links)


def test_plots_have_names_and_no_places_that_are_not_numbers(page: str, tree: Element) -> None:
    plots = [e for e in tree.iter() if NAMESPACE.sub("", str(e.tag)) == "svg"]
    assert len(plots) >= 9
    assert all(plot.attrib["aria-label"] for plot in plots)
    assert "nan" not in re.sub(r"[^\s]*<title>.*?</title>", "", " ".join(re.findall(r' d="[^"]*"', page)))


def test_cut_and_left_out(tree: Element, odd: list[Example]) -> None:
    (section,) = [
        e
        for e in tree.iter()
        if str(e.tag).endswith("section") and any(words(h) == "Cut and left out" for h in e)
    ]
    said = words(section)
    cut, left_out = odd[3], odd[4]
    assert cut.example_id in said
    assert left_out.example_id in said
    assert re.search(r"its prompt alone fills max_length \(\d+ of 128 tokens\)", said)


def test_tokens_are_shaded_by_their_loss(page: str, run: train.Run) -> None:
    """The answer's own text, split where tokens are, and each title a loss that the run measured."""
    tokens = run.tokens().query("model == 'adapter'").set_index("example_id")["nll"]
    shaded = re.findall(r'<details id="e-(\w+)">(?:(?!</details>).)*?class="tokens">(.*?)</div>', page, re.S)
    assert shaded
    for example_id, body in shaded:
        measured = {f"{nll:.2f}" for nll in tokens[example_id]}
        titles = set(re.findall(r'title="([\d.]+)"', body))
        assert titles
        assert titles <= measured


def test_without_its_dataset_version(hostile: Workspace, run: train.Run) -> None:
    folder = hostile.version("tiny0001").path
    hidden = folder.with_name(".away")
    folder.rename(hidden)
    try:
        path, found = write_report(run, hostile, hostile.root / "gone.html")
    finally:
        hidden.rename(folder)
    text = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert found.left_out.untrained is None
    assert "The dataset version is gone" in text
    assert "<blockquote>" not in text
