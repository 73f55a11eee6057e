import pytest

from curate.duplicates.operations import operations, opposed


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("3*4", "3+4"),
        ("3-4", "3+4"),
        ("3/4", "3+4"),
        ("3 - 4", "3 / 4"),
        ("2 * (3-4)", "2 * (3/4)"),
        ("(3-4)+1", "(3/4)+1"),
        ("3 * -4", "3 * 4"),
        ("axis=-1", "axis=1"),
        ("x = -4", "x = 4"),
        ("x += 3", "x -= 3"),
        ("2**3", "2*3"),
        ("10 % 3 == 1", "10 % 3 != 1"),
        ("10%3", "10*3"),
        ("5%+3%", "5%-3%"),
        ("2^{3}", "2*3"),
        (r"$3 \times 4$", r"$3 \div 4$"),
        (r"x\le3", "x >= 3"),
        ("3 ~ 4", "3 + 4"),
    ],
)
def test_other_operators_are_opposed(a: str, b: str) -> None:
    assert opposed(operations(f"What is {a}?"), operations(f"what is {b}"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("2024-01-05", "2024/01/05"),
        ("date=2024-01-05", "date=2024/01/05"),
        ("24/7", "24-7"),
        ("9-11", "9/11"),
        ("10%-20%", "10-20%"),
        ("10% - 20%", "10 - 20 %"),
        ("2-1", "2–1"),
        ("10~15", "10-15"),
        ("10--15", "10 - 15"),
        ("the I/O port", "the I-O port"),
        ("555-0100", "555/0100"),
        ("**5** - 10", "5 / 10"),
        ("**5**-10", "5-10"),
        ("*3* and *4*", "3 and 4"),
        ("*3* 4 times", "3 - 4 times"),
        ("| 3 | 4 |", "3, 4"),
        ("3<br/>4", "3<br>4"),
        ("<td>3</td>", "<td>3<br>"),
        ("a -> b", "a => b"),
        ("from 2.2.1 -> 2.3.0", "from 2.2.1 > 2.3.0"),
        (r"3 \* 4", "3 * 4"),
        (r"$3\times 4$", "3 × 4"),
        (r"x\leq 3", "x ≤ 3"),
        ("2^{3}", "2^3"),
        ("3 <> 4", "3 ≠ 4"),
        (r"C:\times\new-3", "C:/times/new/3"),
        ("http://a.b/c-1/2", "http://a.b/c/1-2"),
        ("version 1.2-3", "version 1.2/3"),
        ("10:00-12:00", "10:00 – 12:00"),
    ],
)
def test_one_thing_written_in_two_ways_is_not_opposed(a: str, b: str) -> None:
    assert not opposed(operations(a), operations(b))
