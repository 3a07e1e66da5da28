"""The Optuna study of a run: what it proposes, and the journal that remembers it."""
