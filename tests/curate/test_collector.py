"""The collector of cycles waits longer while a build runs, and no longer than that."""

import gc

from curate import collector


def test_the_collector_waits_longer_while_it_runs_and_is_as_before_when_it_ends() -> None:
    before = gc.get_threshold()
    with collector.seldom():
        assert gc.isenabled()
        assert gc.get_threshold()[0] > 100 * before[0]
    assert gc.get_threshold() == before


def test_an_error_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    try:
        with collector.seldom():
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert gc.get_threshold() == before
