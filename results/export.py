"""Tables for other programs: CSV that no spreadsheet executes, and Markdown."""

import pandas as pd

# A spreadsheet takes text that begins so for a formula (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def to_csv(frame: pd.DataFrame) -> str:
    """The frame as CSV; text that a spreadsheet would execute gets an apostrophe in front."""
    texts = frame.select_dtypes(["str", "object", "category"]).columns
    safe = frame.assign(**{name: frame[name].astype(object).map(_harmless) for name in texts})
    return safe.rename(columns=_harmless).to_csv(index=False, lineterminator="\n")


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA):
        return f"'{cell}"
    return cell
