"""Text files: how blocks are told apart, and that one bad block costs itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from curate.importing.dry_run import dry_run
from curate.sources import Imported
from schemas.recipe import Recipe

Importer = Callable[..., Imported]

ALPACA = "### Instruction:\nquestion {0}\n\n### Response:\nanswer {0}"
TAGS = "<INSTRUCTION>question {0}</INSTRUCTION>\n<RESPONSE>answer {0}</RESPONSE>"
VICUNA = "USER: question {0}\nASSISTANT: answer {0}"
CHATML = "<|im_start|>user\nquestion {0}<|im_end|>\n<|im_start|>assistant\nanswer {0}<|im_end|>"


def pairs(imported: Imported) -> list[tuple[int, str, str]]:
    return [(e.line, e.prompt, e.answer) for e in imported.examples]


@pytest.mark.parametrize("template", [ALPACA, TAGS, VICUNA, CHATML])
@pytest.mark.parametrize(
    "separator", ["\n---\n", "\n======\n", "\n<|endoftext|>\n", "\n\n\n", "\r\n \r\n\r\n"]
)
def test_separators(imports: Importer, template: str, separator: str) -> None:
    text = separator.join(template.format(i) for i in range(1, 4))
    expected = [(i, f"question {i}", f"answer {i}") for i in range(1, 4)]
    assert pairs(imports("x.txt", text + separator)) == expected


@pytest.mark.parametrize("template", [ALPACA, TAGS])
def test_without_a_separator_each_instruction_opens_a_block(imports: Importer, template: str) -> None:
    text = "\n\n".join(template.format(i) for i in range(1, 4))
    assert [line for line, _, _ in pairs(imports("x.md", text))] == [1, 2, 3]


def test_a_rule_or_blank_lines_inside_an_answer_do_not_cut_it(imports: Importer) -> None:
    blocks = [ALPACA.format(1), ALPACA.format(2) + "\n---\nmore\n\n\nand more", ALPACA.format(3)]
    imported = imports("x.txt", "\n===\n".join(blocks))
    assert pairs(imported)[1] == (2, "question 2", "answer 2\n---\nmore\n\n\nand more")
    assert len(imported.examples) == 3


def test_the_rest_of_a_cut_answer_is_no_system_prompt(imports: Importer) -> None:
    imported = imports("x.txt", ALPACA.format(1) + "\n===\nmore\n---\n" + ALPACA.format(2))
    assert pairs(imported) == [(1, "question 1", "answer 1\n===\nmore"), (2, "question 2", "answer 2")]


def test_one_conversation_is_one_block(imports: Importer) -> None:
    assert pairs(imports("x.txt", f"{VICUNA.format(1)}\n{VICUNA.format(2)}")) == [
        (1, "question 1\nquestion 2", "answer 1\nanswer 2")
    ]


def test_bad_blocks_cost_themselves(imports: Importer) -> None:
    blocks = [
        ALPACA.format(1).encode(),
        b"no markers",
        b"### Instruction:\nonly asked",
        b"### Response:\n\xff",
    ]
    imported = imports("x.txt", b"\n---\n".join([*blocks, ALPACA.format(5).encode()]))
    assert [line for line, _, _ in pairs(imported)] == [1, 5]
    assert [(r.line, r.reason) for r in imported.rejects] == [
        (2, "no template markers"),
        (3, "no assistant answer"),
        (4, "invalid UTF-8"),
    ]
    assert imported.rejects[2].raw == "### Response:\n\\xff"


def test_of_plain_text_is_said_how_to_mark_it(imports: Importer, tmp_path: Path, said: list[str]) -> None:
    imports("x.txt", "just prose")
    [line] = said
    assert line.startswith("x.txt: 1 row, unknown format, 1 rejected (no template markers)\n  plain text")
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": "x.txt"}]})
    [preview] = dry_run(recipe, tmp_path, said.append)
    assert "### Response:" in preview.fixes["no template markers"]
