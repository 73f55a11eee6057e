"""The leak certificate of a build. Where an earlier one found nothing in all the rows that there are now, and
in some more, there is nothing to be found, and it stands."""

from curate.flow.row_states import RowStates, marks_of
from curate.flow.table import Table, View
from curate.leaks import PromptsFeature, certify
from curate.similarity.features import ShingleFeature
from schemas import recipe
from schemas.manifest import Leaks

_NONE = Leaks(cross_split_pairs=0, cross_split_groups=0)


def certificate(table: Table, settings: recipe.Dedup | None) -> Leaks:
    """What `certify` says of the finished rows."""
    view = View(table)
    splits, groups = view.column("split"), view.column("group_id")
    about = settings or recipe.Dedup()
    shingles = ShingleFeature("spoken", about.shingle, many=True)
    name = f"certified/1/{about.threshold}/{shingles.key}/{PromptsFeature.key}"
    # What a row can share with another follows from its key, its group and its split.
    now = RowStates(view.keys(), marks_of(groups, splits))
    then = view.kept(name, mapped=True)
    if then is not None and RowStates(then["keys"], then["marks"]).has_all(now):
        return _NONE
    found = certify(view, splits, settings)
    if found == _NONE:
        view.keep(name, {"keys": now.keys, "marks": now.marks})
    return found
