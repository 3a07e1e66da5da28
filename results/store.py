"""The one writer of a run folder: rows as immutable parts, tables, codes and figures."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike

from results import layout
from results.arguments import mapping_of, path_of
from results.arrays import array_of, read_arrays, save_npz
from results.columns import ResultsError, Table
from results.disk import StoreError, writing
from results.folder import read_info, vacant
from results.locked import LockedFolder
from results.lookup import table_named
from results.parquet import LAST_PART, Rows, merge, part
from results.reading import gather, missing_parts
from results.schema import SCHEMA_VERSION, TABLES
from results.spreadsheet import to_csv
from results.text import named

__all__ = ["RunStore", "StoreError"]

MEMBERS = "members"
"""Name of the array that tells of whose models a consensus is."""

_PARTITIONS, _BASES = "partitions", "bases"
"""The arrays in a file of partitions."""


class RunStore:
    """A run folder, open for writing in this process alone; a crash lets go of it.

    Each file is written under another name, flushed to the disk and renamed: it is there whole or
    not at all. Use the store in a `with` statement, or close it.

    Attributes
    ----------
    folder : Path
    task, run : str
    info : dict
        What `run.json` holds.
    """

    def __init__(self, opened: LockedFolder) -> None:
        """Use `create` or `open`."""
        self._opened = opened
        self.folder = opened.path
        self.task: str = opened.info["task"]
        self.run: str = opened.info["run"]

    @property
    def info(self) -> dict[str, Any]:
        """What `run.json` holds."""
        return self._opened.info

    @classmethod
    def create(
        cls, root: Path | str | None, task: str, name: str, info: Mapping[str, Any]
    ) -> Self:
        """Make the folder of a new run and open it.

        Parameters
        ----------
        root : Path or str, optional
            The folder of all runs, by default `results/runs`.
        task, name : str
        info : mapping
            What `run.json` holds beside task, run, schema version and time.

        Raises
        ------
        StoreError
            When the task has a run of that name, or the folder cannot be written.
        ResultsError
            When a name cannot be that of a folder.
        """
        folder = vacant(root, task, name)
        info = mapping_of(info, "info")
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        created = datetime.now(UTC).isoformat()
        made = {"task": task, "run": name, "schema_version": SCHEMA_VERSION, "created": created}
        return cls(LockedFolder(folder, {**info, **made}))

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open the folder of a run to go on with it; torn files are set aside, with a warning.

        Raises
        ------
        StoreError
            When another process has it open.
        ResultsError
            When it is not the folder of a run.
        """
        folder = path_of(folder, "folder")
        read_info(folder)  # before the lock, which would else appear in any folder
        return cls(LockedFolder(folder))

    def close(self) -> None:
        """Let go of the folder."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, table: str, rows: Rows) -> None:
        """Write rows as one new part, on the disk when this returns.

        All rows of one key of the table go in one call; the same key later replaces them. `run`
        and `task` are filled in. The row of `trials` comes last: it says that a trial is done.

        Parameters
        ----------
        table : str
        rows : sequence of mappings, or mapping of column names to values

        Raises
        ------
        ResultsError
            When the rows do not fit the schema; nothing is written.
        StoreError
            When they cannot be written, as on a full disk.
        """
        schema = table_named(table)
        written = self._part(schema, rows)
        if written.num_rows:
            self._opened.n_parts += 1
            path = layout.part_file(self.folder, table, self._opened.n_parts)
            with self._opened.replacing(path) as file:
                pq.write_table(written, file)

    def table(self, name: str) -> pa.Table | None:
        """Read what is on the disk of a table, finished trials alone; None without rows."""
        table = table_named(name)
        tables, torn = gather(self.folder, name)
        self._opened.set_aside(torn)
        return merge(table, tables) if tables else None

    def consolidate(self) -> None:
        """Bring every table up to date with the parts, and `comparison.csv` with its table.

        May be called at any time and again; a table is replaced at once or not at all.
        """
        for name in TABLES:
            parts = missing_parts(self.folder, name)
            if not parts:
                continue
            merged = self.table(name)
            if merged is None:
                continue
            metadata = {**merged.schema.metadata, LAST_PART: parts[-1].name}
            file = layout.table_file(self.folder, name)
            if name == "comparison":
                with self._opened.replacing(file.with_suffix(".csv")) as csv:
                    csv.write(to_csv(merged.to_pandas()).encode())
            # Last, for it says that the parts are dealt with.
            with self._opened.replacing(file) as parquet:
                pq.write_table(merged.replace_schema_metadata(metadata), parquet)

    def write_info(self, changes: Mapping[str, Any]) -> None:
        """Add or change entries of `run.json`."""
        self._opened.write_info(mapping_of(changes, "changes"))

    def save_codes(self, trial: int, codes: ArrayLike, seed: int | None = None) -> Path:
        """Save the codes of a trial, or of one trained again on a fresh seed.

        Parameters
        ----------
        trial : int
        codes : array, (n_songs, latent_size)
        seed : int, optional
            For finalists.
        """
        path = layout.codes_file(self.folder, trial, seed)
        self._save_array(path, codes, "codes")
        return path

    def save_reduced(self, trial: int, codes: ArrayLike, seed: int | None = None) -> None:
        """Save codes (songs, d) of a trial as the clusterers saw them, behind a reducer."""
        self._save_array(layout.reduced_file(self.folder, trial, seed), codes, "codes")

    def save_partitions(
        self,
        trial: int,
        partitions: ArrayLike,
        seed: int | None = None,
        bases: ArrayLike | None = None,
    ) -> None:
        """Save clusters of all songs by a trial, or by one trained again on a fresh seed.

        Parameters
        ----------
        trial : int
        partitions : array, (clusterings, n_songs), int
            In the order of the trial's rows of validation songs in the table `clusterings`.
        seed : int, optional
            For finalists.
        bases : array, (base counts, n_songs), int, optional
            The base partitions of a consensus.
        """
        path = layout.partitions_file(self.folder, trial, seed)
        kept = {_PARTITIONS: array_of(partitions, _PARTITIONS)}
        if bases is not None:
            kept[_BASES] = array_of(bases, _BASES)
        self._save_arrays(path, kept)

    def partitions(self, trial: int, seed: int | None = None) -> np.ndarray:
        """Read the clusterings that `save_partitions` saved.

        Raises
        ------
        ResultsError
            When there is nothing, or it is no array of two dimensions.
        """
        found = self._partitions(_PARTITIONS, trial, seed)
        if found is None:
            path = layout.partitions_file(self.folder, trial, seed)
            raise ResultsError(f"{path} holds no partitions: these are clusterings by songs.")
        return found

    def has_partitions(self, trial: int, seed: int | None = None) -> bool:
        """Return whether `save_partitions` saved something."""
        return layout.partitions_file(self.folder, trial, seed).is_file()

    def base_partitions(self, trial: int, seed: int | None = None) -> np.ndarray | None:
        """Read the base partitions that `save_partitions` saved; None where there are none."""
        return self._partitions(_BASES, trial, seed)

    def save_consensus(self, seed: int, arrays: Mapping[str, ArrayLike]) -> None:
        """Save the arrays by which the consensus of a seed finds clusters."""
        kept = {name: array_of(values, name) for name, values in arrays.items()}
        self._save_arrays(layout.consensus_file(self.folder, seed), kept)

    def consensus_members(self) -> set[int]:
        """Return the trials whose models a consensus that was saved needs."""
        found: set[int] = set()
        for path in (self.folder / layout.CONSENSUS).glob("s*.npz"):
            with suppress(ResultsError, FileNotFoundError):  # a damaged one is of no use anyway
                members = read_arrays(path).get(MEMBERS)
                if members is not None and members.ndim == 1 and members.dtype.kind == "i":
                    found.update(members.tolist())
        return found

    def save_figure(self, name: str, arrays: Mapping[str, ArrayLike]) -> Path:
        """Save the arrays that one figure of the report draws, as `figures/<name>.npz`."""
        layout.checked_name(name, "figure")
        given = mapping_of(arrays, "arrays").items()
        kept = {layout.checked_name(each, "array"): array_of(one, each) for each, one in given}
        path = layout.inside(self.folder, layout.FIGURES, f"{name}.npz")
        self._save_arrays(path, kept)
        return path

    def save_clip(self, song: str, sound: bytes) -> str:
        """Save the clip of a song, encoded as MP3; return its path within the run folder."""
        path = layout.clip_file(self.folder, song)
        with self._opened.replacing(path) as file:
            file.write(sound)
        return path.relative_to(self.folder).as_posix()

    def remove_clips(self, but: Iterable[str] = ()) -> None:
        """Remove all clips but those of some paths, as `save_clip` returns them."""
        kept = {self.folder / path for path in but}
        for path in {*layout.clip_files(self.folder)} - kept:
            with writing(path):
                path.unlink(missing_ok=True)

    def save_choice(self, name: str, comparison: Rows, assignments: Rows) -> Path:
        """Save what known songs chose, as tables of its own; return their folder.

        Raises
        ------
        StoreError
            When there is a choice of that name.
        ResultsError
            When the rows do not fit the schema, or the name cannot be that of a folder.
        """
        last = self.refuse_choice(name)
        with writing(last.parent):
            last.parent.mkdir(parents=True, exist_ok=True)
        for table, rows in (("assignments", assignments), ("comparison", comparison)):
            schema = table_named(table)
            whole = merge(schema, [self._part(schema, rows)])
            with self._opened.replacing(layout.choice_file(self.folder, name, table)) as file:
                pq.write_table(whole, file)
        return last.parent

    def refuse_choice(self, name: str) -> Path:
        """Raise StoreError if there is a choice of that name; return its file that comes last."""
        last = layout.choice_file(self.folder, name, "comparison")
        if last.exists():
            raise StoreError(f"Run {self.run} has a choice {name}: give another name by --into.")
        return last

    def save_model(self, trial: int, files: Mapping[str, bytes], seed: int | None = None) -> Path:
        """Save the files of a trial's model, ending -> content; the path is without an ending."""
        name = layout.model_name(trial, seed)
        path = layout.inside(self.folder, layout.MODELS, name)
        for ending, content in mapping_of(files, "files").items():
            if not layout.is_own(f"{layout.MODELS}/{name}{ending}"):
                raise ResultsError(f"{named(ending)} is no ending of the file of a model.")
            if not isinstance(content, bytes):
                raise ResultsError(f"The content of {ending} is {named(content)} and no bytes.")
            with self._opened.replacing(path.with_name(path.name + ending)) as file:
                file.write(content)
        return path

    def has_model(self, trial: int) -> bool:
        """Return whether the files of a searched trial's model, or of a baseline's, are there."""
        return all(path.is_file() for path in layout.model_files(self.folder, trial))

    def remove_model(self, trial: int) -> None:
        """Remove the files of a searched trial's model, or of a baseline's, where they are."""
        for path in layout.model_files(self.folder, trial):
            with writing(path):
                path.unlink(missing_ok=True)

    def _part(self, table: Table, rows: Rows) -> pa.Table:
        """Return rows as columns of a table, with the run and the task where it names them."""
        own = {"run": self.run, "task": self.task}
        filled = {column.name: own[column.name] for column in table.columns if column.name in own}
        return part(table, rows, filled)

    def _partitions(self, name: str, trial: int, seed: int | None) -> np.ndarray | None:
        path = layout.partitions_file(self.folder, trial, seed)
        try:
            found = read_arrays(path).get(name)
        except FileNotFoundError:
            raise ResultsError(f"The run has no partitions {path}: begin a new run.") from None
        if found is not None and (found.ndim != 2 or found.dtype.kind not in "iu"):
            raise ResultsError(f"{path} holds no {name}: these are clusterings by songs.")
        return found

    def _save_arrays(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        with self._opened.replacing(path) as file:
            save_npz(file, arrays)

    def _save_array(self, path: Path, values: ArrayLike, what: str) -> None:
        array = array_of(values, what)
        with self._opened.replacing(path) as file:
            np.save(file, array, allow_pickle=False)
