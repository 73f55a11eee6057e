"""CSV for spreadsheets: texts of the data stay texts, numbers stay numbers."""

import csv
from io import StringIO

import pytest

from train.dynamics.tables import write_csv
from train.queue import QueueItem


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","y")',
        "+1-2",
        "-1+cmd|' /C calc'!A0",
        "@SUM(1)",
        "\t=1",
        "\n=1",
        "=1+1",
        "-1\n",
    ],
)
def test_a_text_that_begins_as_a_formula_is_none(text: str) -> None:
    assert rows(text, loss=1.5) == [["e1", "1.5", f"'{text}"]]


@pytest.mark.parametrize("text", ["1 + 1 = 2", "Where is it?", "", "'quoted'", "a\n=1", "-1", "+1.5"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert rows(text, loss=1.5) == [["e1", "1.5", text]]


def test_a_negative_number_stays_one() -> None:
    assert rows("Hm.", loss=-0.25) == [["e1", "-0.25", "Hm."]]


def test_a_carriage_return_hides_no_formula() -> None:
    assert "e1,1.5,'\r=1" in written("\r=1", loss=1.5)


def rows(text: str, loss: float) -> list[list[str]]:
    return list(csv.reader(StringIO(written(text, loss), newline="")))[1:]


def written(text: str, loss: float) -> str:
    item = QueueItem("e1", "train", "loss", loss, loss, None, None, 3, 1, False)
    out = StringIO(newline="")
    write_csv([item], ("example_id", "loss", "text"), {"e1": text}, out)
    return out.getvalue()
