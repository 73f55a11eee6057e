"""Look-alikes: what has the shape of personal data in manuals, changelogs and logs, and what must still be
found beside it."""

from pathlib import Path

import pytest

from curate.pii.engine import make_scanner
from curate.pii.scanner import Scanner
from schemas.recipe import Pii

NONE = [
    "see 3.1.2.4 for the rules",
    "2.3.4.1 Arrays\n2.3.4.2 Unions",
    "as of Policy 3.6.1.1 and in sections 4.3.2.1, 4.3.2.2 and 4.3.77.1",
    "libfoo1 Breaks tools (<< 1.0.54.2-5)",
    "dash (0.5.10.2-7) unstable; urgency=medium",
    "dpkg (1.16.44.1) unstable; urgency=low",
    "not used since libxcb 1.1.90.1, released in 2008",
    "built with zlib-1.2.88.1 by accident",
    "before Linux 2.4.91.2 it was called otherwise",
    "bumped the parser to 3.28.71.19",
    "d='M12.4 18.52-.87 2.83-2.12 3.51.98.32 2.03'",
    "2.6.25: Jun 6 2006::\nfor key in path[-2::-1]:",
    "tmp1[::2], args[1::2], boxes[:, 0::2]",
    "from linux-2.6.16.60/include",
    "1.0019, -.0019549511748, .30321770581092, .00552324059688",
    "1     0.707107\n2    0.982821\n0  0.54030230586814",
    "-115300*x**7 + 4383520*x**6 + 63529101562500*x",
    "doi:`10.1136/bmj.328.7447.1073`, ISBN 13: 978-0137-02741-5",
    "f(token_ids_0=token_ids_0, token_ids_1=token_ids_1)",
    "Debian Python Policy 0.12.0.0",
    "Abschnitt 7.2.3.1, siehe auch § 7.2.41.1",
    "systemctl start getty@tty2.service user@1000.service foo@bar.timer",
    "https://cdn.jsdelivr.net/npm/underscore@1.13.4/underscore-umd-min.js",
    "Date:   Sun Jun 21 21:28:38 2009 -0400",
    "3.3.1 - 2020-12-09\n~~~~~~~~~~",
    "a callback (12/23/2005 Ale)",
    "the keywords of IEEE 1800-2009, IEEE Std 1003.1-2017",
    "4d 49 4d 45 2d 4d 61 67  69 63 00 0a 5b 35 30 3a",
    "'ed25519' (OID 1.3.101.112), OID: 1.3.101.110",
    "an IPv6 address, see RFC 4291 2.5.5.2, 2.2",
    "Kaspersky Lite 6.0.16.251 Beta 2, Backup2004 Pro 4.4.8.158, version 4.4.8.159",
    "Restricted Rights as defined in Clause 252.227-7013 (c) (1), DFARS 252.227-7014",
    "http://mek.oszk.hu/01800/01885/html/ and http://goobike.com/learn/time/0410/0000000/page2.html",
    "// Prints: <Buffer 01 02 03 04 05>, <Buffer ab 90 78 56 34 12>",
    "libs/wave/samples/token_statistics/build/Jamfile.v2",
    "Session ID: 9E:5E:FC:09:2A:4E:2A:3D:22:44:68:42:C3:F6:2D:AB:F9:67",
]
FOUND = [
    ("his IP is 5.9.12.3", "5.9.12.3"),
    ("failed login from 2.4.9.2", "2.4.9.2"),
    ("root@5.9.12.3 and smb://5.9.12.4/x", "5.9.12.3"),
    ("root@5.9.12.3 and smb://5.9.12.4/x", "5.9.12.4"),
    ("a call to 5.9.12.3:8080 or 5.9.12.4 port 22", "5.9.12.3"),
    ("DNS is 8.8.8.8", "8.8.8.8"),
    ("at 5.9.12.203 something listens", "5.9.12.203"),
    ("the office is 10.1.2.3", "10.1.2.3"),
    ("198.51.100.7-198.51.100.9 are theirs", "198.51.100.7"),
    ("see 203.0.113.9", "203.0.113.9"),
    ("at host 93.184.216.34", "93.184.216.34"),
    ("the password is hunter22x", "hunter22x"),
    ("call 030/1234567", "030/1234567"),
    ("https://example.org/ tel 030/1234567", "030/1234567"),
    ("mail ada@mail.service.example", "ada@mail.service.example"),
    ("mail ada@fable.internal", "ada@fable.internal"),
    ("call 06 12 34 56 78 de 9h à 17h", "06 12 34 56 78"),
    ("call 06 12 34 56 78, 06 12 34 56 79", "06 12 34 56 78"),
    ("at 10:30 call (412) 268-4387", "(412) 268-4387"),
    ("on 2024-05-01 call +49 30 901820", "+49 30 901820"),
    ("reach me at 2001:db8::1:2", "2001:db8::1:2"),
    ("Tel.030 1234567", "030 1234567"),
    ("call + 49 30 901820", "49 30 901820"),
    ("token_ids_0=a8f5f167f44f", "a8f5f167f44f"),
    ("MAC-00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5E"),
]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return make_scanner(Pii(), Path())


@pytest.fixture(scope="module")
def american() -> Scanner:
    return make_scanner(Pii(locales=("us",)), Path())


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_it_is_left_alone(scanner: Scanner, text: str) -> None:
    assert [text[f.start : f.end] for f in scanner.scan(text).findings] == []


@pytest.mark.parametrize(("text", "value"), FOUND)
def test_what_is_one_is_found_all_the_same(scanner: Scanner, text: str, value: str) -> None:
    assert value in [text[f.start : f.end] for f in scanner.scan(text).findings]


@pytest.mark.parametrize(
    "text",
    [
        "medical certificate at https://x.example/?authid=ba31afcf9868449b434ac022a851ac34",
        "a certificate in local/article1169209.ece and bug2886870.tex",
        "Update copyright and license date (Closes: #985226)",
        "license of af9005-script.h and vs6624.c",
    ],
)
def test_a_piece_of_a_word_or_a_files_name_is_no_licence(american: Scanner, text: str) -> None:
    assert [text[f.start : f.end] for f in american.scan(text).findings] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my driver license is F2556789.", "F2556789"),
        ("DEA certificate AP5836727", "AP5836727"),
        ("driver license: 98522612", "98522612"),
    ],
)
def test_a_licence_is_found(american: Scanner, text: str, value: str) -> None:
    assert value in [text[f.start : f.end] for f in american.scan(text).findings]
