"""CSV in which a spreadsheet finds nothing to execute."""

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet may take text that begins so for a formula (OWASP, "CSV Injection")."""


def to_csv(frame: pd.DataFrame) -> str:
    """The frame as CSV text; an apostrophe stands before text that could be a formula."""
    texts = frame.select_dtypes(["str", "object", "category"]).columns
    safe = frame.assign(**{name: frame[name].astype(object).map(_harmless) for name in texts})
    return str(safe.rename(columns=_harmless).to_csv(index=False, lineterminator="\n"))


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA):
        return f"'{cell}"
    return cell
