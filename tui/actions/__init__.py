"""What can be done in the review UI, and with which keys: the one list from which bindings, footer, help and
docs are made. Nothing here knows of Textual.

To add an action of a screen: write an `Action` into `tui/actions/<screen>.py`, have `registry.ACTIONS` take
that tuple in, and give the screen a method `action_<id>`. Ids are unique in the whole program: people remap
them. Actions that several screens share stand in `shared.py` with a scope of their own (`lists`, `deciding`),
which the screen names in `tui/catalogue.py`.
"""
