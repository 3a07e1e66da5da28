"""Scores in, tables out: what a search found, as pandas frames.

A short session:

    import results
    results.load("easy")                # the comparison table of the newest run
    results.load("easy", "trials")      # one row per trial
"""

from results.columns import ResultsError
from results.listing import runs
from results.loading import best, latents, load
from results.lookup import meaning

__all__ = ["ResultsError", "best", "latents", "load", "meaning", "runs"]
