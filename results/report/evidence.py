"""Everything that a report is made of, read from a run folder; what is not there is empty."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd

from results.arrays import read_arrays
from results.checking import MOST_CELLS
from results.columns import ResultsError
from results.folder import read_info
from results.layout import FIGURES, inside
from results.listing import has_ended
from results.rows import table_of
from results.schema import TABLES

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Evidence:
    """A run as far as it got.

    Attributes
    ----------
    info : what `run.json` holds.
    tables : every table by name, with no rows where the run has none yet; categories are text.
    ended : whether the run came to its end; else it goes on, or broke.
    """

    folder: Path
    info: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    ended: bool = True

    @property
    def settings(self) -> dict[str, Any]:
        """The task as it was searched; empty where the run does not say."""
        settings = self.info.get("settings")
        return settings if isinstance(settings, dict) else {}

    @property
    def objective(self) -> str:
        """The score that ranks trials."""
        return str(self.settings.get("objective", "objective")).split(",")[0]

    @property
    def sign(self) -> int:
        """1 where a high objective is good, -1 where a low one is."""
        return -1 if self.info.get("direction") == "minimize" else 1

    @property
    def searched(self) -> pd.DataFrame:
        """The searched trials that ended, by number."""
        trials = self.tables["trials"]
        return trials[trials["role"] == "search"].sort_values("trial")

    @property
    def finalists(self) -> pd.DataFrame:
        """The trials that were trained again on fresh seeds and did not fail."""
        trials = self.tables["trials"]
        return trials[(trials["role"] == "finalist") & (trials["status"] != "failed")]

    @property
    def methods(self) -> dict[int, str]:
        """Name of each finalist by its trial, in the order of the comparison."""
        named = dict(zip(self.tables["comparison"]["trial"], self._families(), strict=True))
        given = self.tables["assignments"].drop_duplicates("trial", keep="last")
        for trial, method in zip(given["trial"], given["method"], strict=True):
            named.setdefault(trial, method)
        for trial, family in zip(self.finalists["trial"], self.finalists["family"], strict=True):
            named.setdefault(trial, f"{family} {trial}")
        return {int(trial): str(name) for trial, name in named.items()}

    @property
    def labels(self) -> list[str]:
        """Labels of the songs with at least two values, the primary one first."""
        songs = self.tables["songs"]
        columns = [name for name in songs.columns if name not in ("id", "title", "split")]
        known = [name for name in columns if songs[name].nunique() > 1]
        first = (self.label, "genre", "language")
        return sorted(known, key=lambda name: (*(name != each for each in first), name))

    @property
    def label(self) -> str:
        """The primary label, which `ari` is against."""
        return str(self.settings.get("label", "genre"))

    def titles(self, ids: Array) -> list[str]:
        """Return the title of each song, or its id where it has none."""
        songs = self.tables["songs"]
        if "title" not in songs:
            return [str(song) for song in ids]
        known = dict(zip(songs["id"], songs["title"].fillna(""), strict=True))
        return [str(known.get(str(song)) or song) for song in ids]

    def _families(self) -> list[str]:
        """Return the family of each row of the comparison."""
        return [str(family) for family in self.tables["comparison"]["family"]]

    def clusters(self, trial: int, seed: int) -> Array | None:
        """Return the cluster (n_songs,) of every song by a finalist, in the order of `songs`."""
        table = self.tables["assignments"]
        own = table[(table["trial"] == trial) & (table["seed"] == seed)]
        if own.empty:
            return None
        by_song = own.set_index("id")["cluster"].reindex(self.tables["songs"]["id"])
        return by_song.fillna(-1).to_numpy(int)

    def first_seed(self, trial: int) -> int | None:
        """Return the first seed that a method has clusters of."""
        given = self.tables["assignments"]
        seeds = given.loc[given["trial"] == trial, "seed"]
        return int(seeds.min()) if len(seeds) else None

    def arrays(self, name: str) -> dict[str, Array]:
        """Return the arrays of one figure as the search left them; none where it left none."""
        try:
            return read_arrays(inside(self.folder, FIGURES, f"{name}.npz"))
        except FileNotFoundError:
            return {}
        except ResultsError as error:
            warnings.warn(f"{error} The figure is left out.", stacklevel=2)
            return {}


def gather(folder: Path) -> Evidence:
    """Return what a run folder holds.

    Raises
    ------
    ResultsError
        When it is no run folder, or a table in it is none of a search, or too large.
    """
    info = read_info(folder)
    tables: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        tables[name] = _table(folder, name)
        if sum(frame.size for frame in tables.values()) > MOST_CELLS:
            raise ResultsError(f"The tables of {folder} are too large for a report together.")
    return Evidence(folder, info, tables, has_ended(folder))


def _table(folder: Path, name: str) -> pd.DataFrame:
    """Return one table with its categories as text, and no rows where there is none."""
    frame = table_of(folder, name)
    if frame is None:
        return pd.DataFrame(columns=[c.name for c in TABLES[name].columns if c.always])
    texts = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(texts, object))
