"""What encoding a file is in: proposed with words as they read, for files of many countries."""

from pathlib import Path

import pytest

from curate.sources.encoding_guess import Guess, guess_encoding

GERMAN = "Wo ist mein Gürtel – er kostete 5 €? Ich möchte die Größe ändern, bitte."
POLISH = "Gdzie jest moje zamówienie? Złożyłem je w środę. Dziękuję, proszę czekać."
RUSSIAN = "Где мой заказ? Я заказал его в среду. Спасибо, подождите, пожалуйста."
JAPANESE = "注文した商品はどこですか。水曜日に注文しました。ありがとうございます。"
CHINESE = "我的订单在哪里？我星期三下的单。谢谢，请稍等。配送需要三天，非常抱歉。"
KOREAN = "제 주문은 어디에 있나요? 수요일에 주문했습니다. 감사합니다."
TEXTS = [
    (GERMAN, "cp1252"),
    ("Où est ma commande ? C’est déjà réglé, je voudrais être remboursé.", "cp1252"),
    ("It’s a naïve “question” – I don’t know, it costs £5.", "cp1252"),
    (GERMAN.replace("€", "Euro"), "mac-roman"),
    (POLISH, "cp1250"),
    (POLISH, "iso8859-2"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8-r"),
    (RUSSIAN, "iso8859-5"),
    (RUSSIAN, "cp866"),
    ("ส่งของเมื่อไร ฉันสั่งซื้อเมื่อวันพุธ ขอบคุณมากค่ะ", "cp874"),
    (JAPANESE, "cp932"),
    (JAPANESE, "euc-jp"),
    (CHINESE, "gb18030"),
    ("我的訂單在哪裡？我星期三下的單。謝謝，請稍等。", "big5"),
    (KOREAN, "cp949"),
]


def written(folder: Path, *rows: bytes) -> Path:
    path = folder / "x.csv"
    path.write_bytes(b"prompt;completion\r\n" + b"".join(row + b";It is on its way.\r\n" for row in rows))
    return path


@pytest.mark.parametrize(("text", "encoding"), TEXTS)
def test_the_proposed_encoding_reads_the_file(tmp_path: Path, text: str, encoding: str) -> None:
    path = written(tmp_path, *[text.encode(encoding)] * 20)
    guess = guess_encoding(path)
    assert guess is not None
    assert guess.encoding is not None
    assert path.read_bytes().decode(guess.encoding).count(text) == 20
    assert guess.words
    assert all(word in text for word in guess.words)
    assert f"encoding: {guess.encoding}" in guess.mend()


def test_an_encoding_has_the_name_that_people_know_where_that_reads_the_file(tmp_path: Path) -> None:
    guess = guess_encoding(written(tmp_path, *[JAPANESE.encode("euc-jp")] * 20))
    assert guess is not None
    assert guess.encoding == "euc-jp"
    rare = guess_encoding(written(tmp_path, *[f"{JAPANESE}俱".encode("euc_jis_2004")] * 20))
    assert rare is not None
    assert rare.encoding == "euc_jis_2004"


def test_a_file_put_together_of_two_encodings_is_said_to_be_mixed(tmp_path: Path) -> None:
    guess = guess_encoding(written(tmp_path, GERMAN.encode(), GERMAN.encode("cp1252"), b"plain"))
    assert guess == Guess("cp1252", ("Gürtel", "möchte", "Größe"), mixed=True)
    assert "encoding: cp1252" not in guess.mend()  # it would spoil the lines that are UTF-8


def test_bytes_of_no_encoding_get_no_name(tmp_path: Path) -> None:
    guess = guess_encoding(written(tmp_path, *[bytes([0x81, 0xFF, 0x90, 0x00, 0xFE, 0x8D])] * 20))
    assert guess is not None
    assert guess.encoding is None or not guess.words


@pytest.mark.parametrize("row", [b"it costs \xa35", b"a \xff b", b"\xe9", b"\x80 10"])
def test_where_no_word_tells_no_encoding_is_proposed(tmp_path: Path, row: bytes) -> None:
    guess = guess_encoding(written(tmp_path, row))
    assert guess == Guess(None, sure=False)
    assert guess.mend().startswith("it is no UTF-8, and too few of its letters tell which it is in")


def test_a_proposal_by_one_letter_says_that_it_is_weak(tmp_path: Path) -> None:
    guess = guess_encoding(written(tmp_path, b"caf\xe9"))
    assert guess is not None
    assert guess.mend() == "it may be cp1252 (café): put `encoding: cp1252` into its source"
    assert guess.mend(shared=True).startswith("it may be cp1252 (café): give it a source of its own")


def test_utf8_and_tables_need_no_guess(tmp_path: Path) -> None:
    assert guess_encoding(written(tmp_path, GERMAN.encode())) is None
    table = tmp_path / "x.parquet"
    table.write_bytes(b"\xe4" * 9)
    assert guess_encoding(table) is None
    assert guess_encoding(None) is None


def test_one_long_line_is_judged_by_all_its_pieces(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    rows = ", ".join(f'{{"prompt": "{n} plain", "completion": "a"}}' for n in range(4000))
    path.write_bytes(f'[{rows}, {{"prompt": "{JAPANESE}", "completion": "a"}}]'.encode("cp932"))
    guess = guess_encoding(path)
    assert guess is not None
    assert guess.encoding == "cp932"
