"""Sound files: what they hold, how long they are, and reading them window by window."""
