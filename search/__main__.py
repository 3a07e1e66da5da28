"""The command line of a search.

Only what a command needs is imported, and only once it runs: `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from search.exit_codes import ExitCode
from search.options import (
    assign_parser,
    check_part_parser,
    choose_parser,
    explain_parser,
    query_parser,
    resume_parser,
    search_parser,
    status_parser,
    tasks_parser,
)

COMMANDS = {
    "resume": (resume_parser, "search.resume"),
    "assign": (assign_parser, "search.assign"),
    "choose": (choose_parser, "search.choose"),
    "query": (query_parser, "search.query"),
    "status": (status_parser, "search.status"),
    "tasks": (tasks_parser, "search.listing_tasks"),
    "explain": (explain_parser, "search.explain"),
    "check-part": (check_part_parser, "search.check_part"),
}
"""Word -> what reads the arguments behind it, and the module whose `command` takes them."""


def main(given: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    given = list(sys.argv[1:] if given is None else given)
    parser, module = search_parser, "search.start"
    if given and given[0] in COMMANDS:
        parser, module = COMMANDS[given.pop(0)]
    arguments = parser().parse_args(given)
    from data import DataError
    from models import ModelError
    from results.columns import ResultsError
    from search.backend.interrupt import SearchFailed, as_ctrl_c
    from search.backend.resources import ResourceError
    from search.study.dashboard import DashboardError
    from search.tasks.ranges import TaskError
    from search.wording import complain

    try:
        with as_ctrl_c():
            return int(import_module(module).command(arguments))
    except SearchFailed as error:
        return complain(str(error), ExitCode.SEARCH_FAILED)
    except DataError as error:
        return complain(str(error), ExitCode.BAD_DATA)
    except (TaskError, ResultsError, ResourceError, ModelError, DashboardError) as error:
        return complain(str(error), ExitCode.USAGE)
    except KeyboardInterrupt:
        return complain(
            "Stopped at once: what was finished is in the run folder.", ExitCode.INTERRUPTED
        )


if __name__ == "__main__":
    sys.exit(main())
