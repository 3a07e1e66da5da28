"""What a tracker is told of a run: settings, scores and curves of each of its trials."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

Setting = str | int | float
"""A value that a trial was given."""


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Attributes
    ----------
    role : str
        As in the table `trials`.
    number : str
        `12`, or `12-s3` where it was trained again on seed 3.
    status : {"complete", "infeasible", "pruned", "failed"}
    started, ended : int
        Milliseconds since 1970.
    settings, scores, remarks : dict
        By column of `trials`; a value that is missing is left out.
    curves : dict
        Column of `epochs` -> (epoch, milliseconds since 1970, value) of each epoch.
    files : tuple of (str, int)
        Names within the run folder, and bytes, of the model of a finalist.
    """

    role: str
    number: str
    status: str
    started: int
    ended: int
    settings: dict[str, Setting]
    scores: dict[str, float]
    remarks: dict[str, str]
    curves: dict[str, list[tuple[int, int, float]]]
    files: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        """Role and number, which no other trial of the run has."""
        return f"{self.role} {self.number}"

    @property
    def digest(self) -> str:
        """What differs where anything of the record does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


@dataclass(frozen=True)
class RunRecord:
    """One run.

    Attributes
    ----------
    folder : Path
    task, run : str
    identity : str
        What no other run has, nor one that was begun anew under the name of this one.
    created : int
        Milliseconds since 1970.
    ended : int or None
        The same; None while the run goes on, or where it was broken off.
    maximize : bool
        Whether a higher objective is better.
    settings : dict
        Of the task, those within others as `space.beta.low`.
    comparison : str
        As Markdown; empty while there is none.
    trials : list of TrialRecord
    """

    folder: Path
    task: str
    run: str
    identity: str
    created: int
    ended: int | None
    maximize: bool
    settings: dict[str, str]
    comparison: str
    trials: list[TrialRecord]
