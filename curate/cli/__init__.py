"""The `curate` command: parses, calls the API, prints. Data on stdout, words on stderr."""

import click

from curate.cli import agreeing, augmenting, building, dedup, importing, judging, looking, reviewing, sharing
from curate.edge import run_cli


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="siftune", prog_name="curate")
def group() -> None:
    """Sift the data: raw files and decisions in, one dataset version out.

    Every command takes --debug, which shows the traceback of an error.
    """


for _command in (
    building.init,
    importing.import_,
    building.build,
    dedup.dedup,
    augmenting.augment,
    judging.judge,
    looking.why,
    looking.show,
    looking.dropped,
    looking.flagged,
    looking.versions,
    looking.diff,
    reviewing.review,
    reviewing.serve,
    reviewing.decisions,
    agreeing.agreement,
    sharing.export,
    sharing.schema,
):
    group.add_command(_command)


def main() -> None:
    run_cli(group)
