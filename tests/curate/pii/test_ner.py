"""Names by a spaCy model in a folder: a pipeline that the test trains itself."""

import random
from pathlib import Path

import pytest
import spacy
from spacy.training import Example as Sample

from curate.pii.engine import make_scanner
from schemas.errors import MissingPackage, RecipeError
from schemas.recipe import Pii

NAMES = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Mary Shelley")
FRAMES = ("My name is {} today", "Please ask {} about it", "I am {} from the shop", "Thanks, {} wrote it")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe's folder with a tiny trained NER model in `names`, and a pipeline without NER in `blank`."""
    root = tmp_path_factory.mktemp("ner")
    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("PERSON")
    samples = []
    for frame in FRAMES:
        for name in NAMES:
            text = frame.format(name)
            start = text.index(name)
            samples.append(
                Sample.from_dict(nlp.make_doc(text), {"entities": [(start, start + len(name), "PERSON")]})
            )
    spacy.util.fix_random_seed(7)
    random.seed(7)
    nlp.initialize(lambda: samples)
    for _ in range(15):
        random.shuffle(samples)
        nlp.update(samples)
    nlp.to_disk(root / "names")
    spacy.blank("en").to_disk(root / "blank")
    return root


def test_the_model_joins_the_patterns(root: Path) -> None:
    scanner = make_scanner(Pii(ner="names"), root)
    text = "My name is Ada Lovelace today, ada@example.com"
    found = {(f.entity, text[f.start : f.end]) for f in scanner.scan(text).findings}
    assert found == {("PERSON", "Ada Lovelace"), ("EMAIL_ADDRESS", "ada@example.com")}


def test_a_model_that_is_not_there_names_the_command() -> None:
    with pytest.raises(MissingPackage) as error:
        make_scanner(Pii(ner="en_core_web_nowhere"), Path())
    assert error.value.mend == "python -m spacy download en_core_web_nowhere"


def test_a_pipeline_without_ner_is_refused(root: Path) -> None:
    with pytest.raises(RecipeError, match="no component that recognises entities"):
        make_scanner(Pii(ner="blank"), root)


def test_a_folder_that_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "junk").mkdir()
    with pytest.raises(RecipeError, match="does not load as a spaCy pipeline"):
        make_scanner(Pii(ner="junk"), tmp_path)


def test_a_name_needs_a_model() -> None:
    with pytest.raises(RecipeError, match=r"pii\.ner names none"):
        make_scanner(Pii(entities={"PERSON": "drop"}), Path())
