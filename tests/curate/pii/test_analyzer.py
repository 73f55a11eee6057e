"""Presidio is imported without what it does not need here, and what is left out can be had afterwards."""

import subprocess
import sys

_SCANNER = """
import sys
from pathlib import Path
from curate.pii.engine import make_scanner
from schemas.recipe import Pii

found = make_scanner(Pii(), Path()).scan("Write to ada@fable-shop.com").findings
assert [f.entity for f in found] == ["EMAIL_ADDRESS"], found
assert not {"torch", "transformers", "spacy", "thinc", "presidio_analyzer"} & set(sys.modules)
import torch
from transformers import pipeline
"""

_PACKAGE = """
from curate.pii.analyzer import PatternRecognizer as ours
from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NoOpNlpEngine, SpacyNlpEngine

assert ours is not PatternRecognizer
assert SpacyNlpEngine.__module__ == "presidio_analyzer.nlp_engine.spacy_nlp_engine"
registry = RecognizerRegistry(recognizers=[PatternRecognizer("X", deny_list=["abc"])])
engine = AnalyzerEngine(registry, NoOpNlpEngine([{"lang_code": "en", "model_name": "none"}]))
found = [(each.entity_type, each.start) for each in engine.analyze("an abc", "en")]
assert found == [("X", 3)], found
"""

_TAKEN = """
import presidio_analyzer
from curate.pii.analyzer import PatternRecognizer

assert PatternRecognizer is presidio_analyzer.PatternRecognizer
"""


def test_a_scanner_loads_no_engine_and_hides_none() -> None:
    _runs(_SCANNER)


def test_the_package_works_as_ever_afterwards() -> None:
    _runs(_PACKAGE)


def test_the_package_is_taken_where_it_is_imported_already() -> None:
    _runs(_TAKEN)


def _runs(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
