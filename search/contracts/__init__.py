"""What every part promises: one suite for those that are here and for those of one's own."""
