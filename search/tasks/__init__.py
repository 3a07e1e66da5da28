"""What is searched: a task, the ranges of its hyperparameters, and what songs allow of it."""
