"""The conductor: tasks, the space they span, one trial, the study, and Ray Tune around them."""

from search import environment as environment
