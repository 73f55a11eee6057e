import pytest
from asking import asked, conversation

from curate.quality.placeholder import placeholder, without_blanks
from curate.quality.turns import Turns
from curate.quality.verdict import Verdict
from schemas.row_table import rows_table


@pytest.mark.parametrize(
    "answer",
    [
        "Dear [Customer Name], thanks.",
        "Hello {{first_name}}!",
        "<insert link here>",
        "[Enter your name]",
        "Lorem ipsum dolor",
        "Call ______ now",
        "TODO: write",
        "Sehr geehrte [Name des Kunden], danke.",
        "Mit freundlichen Grüßen\n[Ihr Name]",
        "Bonjour [Votre nom], merci.",
        "Estimado [Nombre del cliente]:",
        "Cordiali saluti,\n[Il tuo nome]",
        "尊敬的[您的姓名]，您好！",
        "【お名前】様、いつもありがとうございます。",
        "Use grep [-v] to filter.\nDear [Customer Name]",
    ],
)
def test_blanks_are_seen(answer: str) -> None:
    assert asked(placeholder, answer) == Verdict("placeholder", score=1.0, threshold=1.0)


@pytest.mark.parametrize(
    "answer",
    [
        "Write to <EMAIL_ADDRESS_1> or <PHONE_NUMBER_2>.",
        "See [your account](https://shop.example/account).",
        "Use `{{ name }}` in Jinja:\n```\nHello {{ name }}\n```",
        "The array is [1, 2, 3] and x[i] too.",
        "Your name and address are on the label.",
        'Press <Enter> on the line "set", or [Insert].',
        "Add it to your todo list.",
        "unset [-f] [-v] [-n] [name ...]",
        "enable [-a] [-dnps] [name ...] or typeset [name[=value] ...]",
        "Aufruf: %s [OPTION]... [URL]...",
        "Usage: hostname [NAME]\n  or:  hostname OPTION",
        "test.skip([name][, options][, fn]) and [name][, options]",
        "The maximum [number of bytes][hwm-gotcha] to store, or [Address][].",
        "Er sagte: [Lachen] das geht.",
        "【送料無料】この商品は明日届きます。",
    ],
)
def test_other_brackets_pass(answer: str) -> None:
    assert asked(placeholder, answer) is None


@pytest.mark.parametrize(
    "answer",
    [
        "The date: TBD",
        "The date: tbd \x0b\x1c\n",
        "What is left: TODO `x = 1`",
        "What is left: TODO ```py\nx = 1\n```",
        "FIXME<b>",
        "<your name> said: todo: all",
        "é TODO\xa0",
        "é Lorem ipsum",
        "a todo list, and a fixme. _ [ { lorem",
        "TODO it, tbd_1",
    ],
)
def test_columns_say_the_same_of_words_that_count_at_the_end_alone(answer: str) -> None:
    columns = Turns(rows_table([conversation("What?", answer)]))
    assert without_blanks(columns).tolist() == [asked(placeholder, answer) is None]
