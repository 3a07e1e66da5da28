"""The order of a run: what is tried next, what is kept of it, what is compared. No Ray."""
