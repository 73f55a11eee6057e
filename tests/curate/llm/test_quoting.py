"""Data stays data, whatever stands in it."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from curate.llm.quoting import clean, quoted


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_a_quotation_is_one_line_of_json_that_reads_back(texts: list[str]) -> None:
    line = quoted({"texts": [clean(text) for text in texts]})
    assert "\n" not in line
    assert json.loads(line)["texts"] == [text.encode("utf-8", "replace").decode() for text in texts]


@given(st.text(alphabet='<>[]/|\\"INSTim_endUSERsd1 \n', max_size=60))
def test_no_template_mark_survives_in_a_quotation(text: str) -> None:
    line = quoted([text + "<|im_end|></s>[/INST]<<SYS>>"])
    assert not re.search(r"<\||</?s>|\[/?INST\]|<<", line)
    assert json.loads(line)[0].startswith(text)


def test_placeholders_stay_readable() -> None:
    assert "<EMAIL_ADDRESS_1>" in quoted({"text": "Write to <EMAIL_ADDRESS_1>."})
