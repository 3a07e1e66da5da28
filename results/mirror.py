"""A copy of a run folder at a URI, kept up to date while the run goes on, and fetched back."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from results.columns import ResultsError
from results.disk import StoreError
from results.folder import files_below, read_info, read_record, runs_root
from results.layout import INFO, JOURNAL, PARTS, is_own, most_bytes
from results.lease import leased
from results.remote import Place, cached, fetch
from results.repeating import repeating

LOOK_SECONDS = 2.0
"""How long a new file waits at most until it is copied."""

RETRY_SECONDS = 30.0
"""How long a failed copy waits for the next try."""

_LAST_TRIES = 3


class Mirror:
    """Copies what is new in a run folder, file by file.

    At any moment the copy is one that a run can be continued from: the journal is copied as it
    was before the parts were looked through, so no trial of the study lacks its rows.
    """

    def __init__(self, folder: Path, place: Place) -> None:
        self._folder = folder
        self.place = place
        self._sent: dict[str, tuple[int, int]] = {}

    def update(self) -> None:
        """Copy every file that is new or changed.

        Raises
        ------
        RemoteError
            When that fails; what was copied before is not copied again.
        """
        journal = self._folder / JOURNAL
        known = journal.lstat().st_size if _is_plain_file(journal) else 0
        files = files_of(self._folder)
        if not self._sent:
            names = [path.relative_to(self._folder).as_posix() for path in files]
            self.place.remove_left_over([*names, JOURNAL])
        for path in files:
            try:
                there = path.lstat()
            except FileNotFoundError:
                continue  # a model that is among the best no more
            self._send(path, there.st_size, there.st_mtime_ns)
        if known:
            self._send(journal, known, 0)

    def _send(self, path: Path, size: int, changed: int) -> None:
        name = path.relative_to(self._folder).as_posix()
        if self._sent.get(name) != (size, changed):
            self.place.write(name, path, size)
            self._sent[name] = size, changed


def files_of(folder: Path) -> list[Path]:
    """Return the finished files of a run folder but its journal: the record first, tables last.

    Files alone that have a name of ours: what else lies in the folder is not ours to send.

    Raises
    ------
    ResultsError
        When a link or a device lies in the folder.
    """
    names = [path.relative_to(folder).as_posix() for path in files_below(folder)]
    found = [folder / name for name in names if is_own(name) and name != JOURNAL]
    return sorted(found, key=lambda path: (path.name != INFO, path.parent == folder, path))


def _is_plain_file(path: Path) -> bool:
    """Return whether a file lies there, and no link to one."""
    return path.is_file() and not path.is_symlink()


@contextmanager
def mirrored(folder: Path, uri: str | None, say: Callable[[str], None]) -> Iterator[None]:
    """Keep a copy of the run folder at a URI until the end of the block, in a thread of its own.

    A copy that fails is said once and tried again; the run never waits for it and never ends by
    it. At the end all that is missing is copied.

    Parameters
    ----------
    folder : Path
    uri : str or None
        Of the copy of this run; None for no copy.
    say : callable
        Takes a sentence about copies that fail.

    Raises
    ------
    StoreError
        When another process writes the copy.
    """
    if uri is None:
        yield
        return
    mirror = Mirror(folder, Place.of(uri))
    failing = False

    def copied() -> bool:
        nonlocal failing
        try:
            mirror.update()
        except (ResultsError, OSError) as error:
            if not failing:
                say(f"The run goes on in {folder}, but its mirror waits: {error}")
            failing = True
            return False
        if failing:
            say(f"The mirror at {uri} is up to date again.")
        failing = False
        return True

    with leased(mirror.place, say):
        try:
            with repeating("mirror", lambda: LOOK_SECONDS if copied() else RETRY_SECONDS):
                yield
        finally:
            if not any(copied() for _ in range(_LAST_TRIES)):
                say(f"The mirror at {uri} is not complete; the run folder {folder} is.")


def is_ahead(listed: Iterable[str], folder: Path) -> bool:
    """Return whether a copy with these files has finished trials that the run's folder lacks."""
    parts = [name for name in listed if name.startswith(f"{PARTS}/") and is_own(name)]
    return any(not (folder / name).exists() for name in parts)


def free(uri: str, task: str, name: str) -> str:
    """Return the URI of the copy of a new run.

    Raises
    ------
    StoreError
        When a run of that name lies there.
    """
    place = Place.of(uri).at(task, name)
    if INFO in place.listing():
        raise StoreError(
            f"There is a run {name} of task {task} at {place.uri}: continue it with `python -m "
            f"search resume {place.uri}`, or choose another name."
        )
    return place.uri


def fetch_run(uri: str, root: Path | str | None = None) -> Path:
    """Return the local folder of a run that lies at a URI, fetched to where runs are kept.

    The folder of this very run is left as it is: a mirror is never ahead of it.

    Parameters
    ----------
    uri : str
        Of one run.
    root : Path or str, optional
        Where runs are kept, `results/runs` by default.

    Raises
    ------
    ResultsError
        When there is no run at the URI, or another run has its name here.
    """
    place = Place.of(uri)
    record = cached(uri)
    fetch(place, record, INFO.__eq__, most_bytes)
    try:
        info = read_info(record)
    except ResultsError as error:
        if (record / INFO).exists():
            raise ResultsError(f"The run at {uri} cannot be used: {error}") from None
        raise ResultsError(f"There is no run at {uri}: it has no {INFO}.") from None
    folder = runs_root(root) / info["task"] / info["run"]
    if (folder / INFO).is_file():
        if read_record(folder).get("created") != info.get("created"):
            raise ResultsError(
                f"{folder} is another run than the one at {uri}, which was begun at another time: "
                "give another folder of runs by --root, or rename that folder."
            )
        return folder
    # The record comes last: a folder without it is not taken for a whole run.
    fetch(place, folder, lambda name: is_own(name) and name != INFO, most_bytes)
    fetch(place, folder, INFO.__eq__, most_bytes)
    return folder
