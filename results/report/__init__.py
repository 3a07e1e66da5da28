"""The report of a run: one HTML page that needs nothing else, light or dark or on paper."""

from results.report.page import NAME, write_report

__all__ = ["NAME", "write_report"]
