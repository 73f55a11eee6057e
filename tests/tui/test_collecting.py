"""While something is read no garbage is looked for, and afterwards not in what was read."""

import gc
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from tui import collecting
from tui.collecting import MANY, in_turn, nothing_collected


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()  # what earlier tests left: some of it may go at any time, and count as frozen no more
    gc.collect()
    yield
    gc.unfreeze()
    assert gc.isenabled()


def test_what_is_much_is_left_out_from_then_on() -> None:
    before = gc.get_freeze_count()
    with nothing_collected():
        assert not gc.isenabled()
        few = [[n] for n in range(100)]
    assert gc.get_freeze_count() == before
    with nothing_collected():
        many = [[n] for n in range(MANY + 1)]
    assert gc.get_freeze_count() > before + len(many)
    assert gc.isenabled()
    assert few[0] == many[0]


def test_the_last_of_several_threads_ends_it() -> None:
    inside, go_on = Event(), Event()

    def read() -> None:
        with nothing_collected():
            inside.set()
            go_on.wait(10)

    thread = Thread(target=read)
    thread.start()
    inside.wait(10)
    with nothing_collected():
        pass
    assert not gc.isenabled()
    go_on.set()
    thread.join()
    assert gc.isenabled()


def test_an_error_ends_it_too() -> None:
    with pytest.raises(ValueError, match="no file"), nothing_collected():
        raise ValueError("no file")
    assert gc.isenabled()


def test_threads_read_in_turn_and_wait_for_none_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    inside, go_on = Event(), Event()

    def first() -> None:
        with in_turn():
            inside.set()
            go_on.wait(10)
            read.append("first")

    def second() -> None:
        with in_turn():
            read.append("second")

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    inside.wait(10)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert read == ["first", "second"]

    monkeypatch.setattr(collecting, "_PATIENCE_S", 0.01)
    with in_turn():
        impatient = Thread(target=second)
        impatient.start()
        impatient.join(10)
        assert read[-2:] == ["second", "second"]
    second()
    assert len(read) == 4
