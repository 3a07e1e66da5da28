"""The report of a run: one HTML page that needs nothing else, light or dark or on paper."""
