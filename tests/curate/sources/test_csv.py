"""CSV and TSV: dialects, quoted line ends, and broken quotes that must not swallow their neighbours."""

from collections.abc import Callable

import pytest

from curate.sources import Imported
from schemas.errors import SourceError

Importer = Callable[..., Imported]


def pairs(imported: Imported) -> list[tuple[int, str, str]]:
    return [(e.line, e.prompt, e.answer) for e in imported.examples]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(imports: Importer, delimiter: str) -> None:
    content = f"question{delimiter}answer\nWhere?{delimiter}Here.\n"
    assert pairs(imports("x.csv", content)) == [(1, "Where?", "Here.")]


def test_tsv_with_commas_in_its_header_cells(imports: Importer) -> None:
    content = "prompt\tcompletion\ta,b,c,d\nWhere?\tHere.\tx\n"
    assert pairs(imports("x.tsv", content)) == [(1, "Where?", "Here.")]


def test_mark_line_ends_and_quotes_in_cells(imports: Importer) -> None:
    content = '\ufeffPrompt,Completion\r\n"Dear shop,\r\nwhere is it?","She said ""soon""."\r\n'
    assert pairs(imports("x.csv", content)) == [(1, "Dear shop,\nwhere is it?", 'She said "soon".')]


def test_other_columns_are_metadata_under_their_own_names(imports: Importer) -> None:
    [example] = imports("x.csv", "Question,Answer,Order,Order,\nq,a,17,18,19\n").examples
    assert example.metadata == {"Order": "17", "Order_4": "18", "column_5": "19"}


def test_an_unclosed_quote_costs_its_own_line(imports: Importer) -> None:
    content = 'prompt,completion\nq1,a1\nq2,"never closed\nq3,a3\nq4,"a\n4"\nq5,a5\n'
    imported = imports("x.csv", content)
    assert [p for _, p, _ in pairs(imported)] == ["q1", "q3", "q4", "q5"]
    assert [(r.line, r.reason, r.raw) for r in imported.rejects] == [(2, "broken CSV", 'q2,"never closed')]


def test_rows_of_other_lengths_are_rejected(imports: Importer) -> None:
    imported = imports("x.csv", "prompt,completion\nq1,a1,x\nq2\nq3,a3\n\n")
    assert pairs(imported) == [(3, "q3", "a3")]
    assert [(r.line, r.reason) for r in imported.rejects] == [
        (1, "wrong number of columns"),
        (2, "wrong number of columns"),
        (4, "empty row"),
    ]


def test_invalid_utf8_costs_its_record(imports: Importer) -> None:
    imported = imports("x.csv", b"prompt,completion\nq1,caf\xe9\nq2,caf\xc3\xa9\n")
    assert pairs(imported) == [(2, "q2", "café")]
    assert [(r.line, r.reason, r.raw) for r in imported.rejects] == [(1, "invalid UTF-8", "q1,caf\\xe9")]


def test_a_cell_of_half_a_megabyte_is_read(imports: Importer) -> None:
    [example] = imports("x.csv", "prompt,completion\nq," + "word " * 100_000 + "\n").examples
    assert len(example.answer) == 499_999


def test_messages_as_json_text_in_a_cell(imports: Importer) -> None:
    cell = '"[{""role"": ""user"", ""content"": ""q""}, {""role"": ""assistant"", ""content"": ""a""}]"'
    assert pairs(imports("x.csv", f"id,messages\n1,{cell}\n")) == [(1, "q", "a")]


def test_columns_of_the_recipe(imports: Importer) -> None:
    columns = {
        "prompt": "Body",
        "completion": "Reply",
        "system": "Tone",
        "group": "Customer",
        "tags": "Topic",
    }
    content = "Body,Reply,Tone,Customer,Topic,Agent\nq,a,Be kind.,C-17,returns; shoes,Ada\n"
    [example] = imports("x.csv", content, format="columns", columns=columns, tags=["mail"]).examples
    assert [(m.role, m.content) for m in example.messages] == [
        ("system", "Be kind."),
        ("user", "q"),
        ("assistant", "a"),
    ]
    assert example.tags == ("mail", "returns", "shoes")
    assert example.metadata == {"Agent": "Ada"}
    assert example.group_key is not None
    assert "C-17" not in example.group_key


def test_a_table_without_a_conversation_is_an_error_that_says_how_to_map_it(imports: Importer) -> None:
    with pytest.raises(SourceError) as caught:
        imports("x.csv", "id,body,reply\n1,q,a\n")
    assert "id, body, reply" in caught.value.problem
    assert "format: columns" in caught.value.mend


def test_a_misspelt_column_is_an_error_that_names_the_nearest(imports: Importer) -> None:
    with pytest.raises(SourceError) as caught:
        imports("x.csv", "body,reply\nq,a\n", columns={"prompt": "bodi", "completion": "reply"})
    assert "'bodi'" in caught.value.problem
    assert caught.value.mend == "did you mean 'body'?"


def test_excels_hint_names_the_delimiter_and_is_no_row(imports: Importer) -> None:
    content = "sep=;\nprompt;completion\nIs it 3,5 or 4,5, or 5,5?;3,5\n"
    assert pairs(imports("x.csv", content)) == [(1, "Is it 3,5 or 4,5, or 5,5?", "3,5")]


def test_quotes_escaped_by_backslashes_are_read(imports: Importer) -> None:
    content = 'prompt,completion\n"She said \\"where, please\\"?","\\"Here\\", I think"\nq2,a2\n'
    assert pairs(imports("x.csv", content)) == [
        (1, 'She said "where, please"?', '"Here", I think'),
        (2, "q2", "a2"),
    ]


def test_a_backslash_before_a_closing_quote_is_text_in_a_file_of_the_standard(imports: Importer) -> None:
    content = 'prompt,completion\n"Which folder?","C:\\"\n"q ""2""","a2"\n'
    assert pairs(imports("x.csv", content)) == [(1, "Which folder?", "C:\\"), (2, 'q "2"', "a2")]


def test_single_quotes_around_every_name_are_the_files_quotes(imports: Importer) -> None:
    content = "'prompt','completion'\n'Where, please?','It''s \"here\"'\n"
    assert pairs(imports("x.csv", content)) == [(1, "Where, please?", 'It\'s "here"')]


def test_commas_in_the_text_do_not_make_a_delimiter_of_commas(imports: Importer) -> None:
    content = "prompt;completion\n" + "Red, blue, or green?;Red, please, or blue\n" * 3
    assert len(pairs(imports("x.csv", content))) == 3


def test_a_quote_that_nothing_closes_is_not_followed_forever(imports: Importer) -> None:
    content = 'prompt,completion\nq1,"never closed\n' + ("q," + "a" * 500 + "\n") * 20_000
    imported = imports("x.csv", content)
    assert len(imported.examples) == 20_000
    assert [(r.line, r.reason) for r in imported.rejects] == [(1, "broken CSV")]


def test_the_header_again_is_no_row_where_files_were_put_together(imports: Importer) -> None:
    imported = imports(
        "x.csv", "prompt,completion\nq1,a1\nprompt,completion\nq2,a2\n\ufeffprompt,completion\nq3,a3\n"
    )
    assert [p for _, p, _ in pairs(imported)] == ["q1", "q2", "q3"]
    assert [(r.line, r.reason) for r in imported.rejects] == [
        (2, "the header again"),
        (4, "the header again"),
    ]


def test_empty_lines_before_the_header_are_no_rows(imports: Importer) -> None:
    imported = imports("a.csv", b"\n\r\nprompt,completion\nWhat is it?,A horse\n")
    assert [e.line for e in imported.examples] == [1]
    assert not imported.rejects


def test_tables_that_were_put_together_and_filled_are_read_row_by_row(imports: Importer) -> None:
    content = "instruction,input,output,prompt,completion\ni,x,o,,\n,,,q,a\n"
    assert pairs(imports("x.csv", content)) == [(1, "i\n\nx", "o"), (2, "q", "a")]


@pytest.mark.parametrize("name", ["x.tsv", "x.csv"])
def test_tabs_without_quoting_leave_quotes_in_their_cells(imports: Importer, name: str) -> None:
    rows = [("Is it?", '"Never" is a word'), ('"Yes"', '"Y" and "N'), ("q3", 'a "3"'), ('"', "a4")]
    imported = imports(name, "prompt\tcompletion\n" + "".join(f"{q}\t{a}\n" for q, a in rows))
    assert pairs(imported) == [(line, q, a) for line, (q, a) in enumerate(rows, start=1)]
    assert imported.rejects == []


def test_tabs_with_quoting_keep_it_where_a_row_is_broken(imports: Importer) -> None:
    content = 'prompt\tcompletion\n"q 1"\t"a ""1"""\n"q2"\t"a" 2\n"q\n3"\t"a\t3"\n"q4"\ta4\n'
    imported = imports("x.tsv", content)
    assert pairs(imported) == [(1, "q 1", 'a "1"'), (3, "q\n3", "a\t3"), (4, "q4", "a4")]
    assert [(r.line, r.reason) for r in imported.rejects] == [(2, "broken CSV")]


def test_commas_are_quoted_whatever_a_cell_begins_with(imports: Importer) -> None:
    imported = imports("x.csv", 'prompt,completion\nq1,"Never" is a word\nq2,"a, 2"\n')
    assert pairs(imported) == [(2, "q2", "a, 2")]
