"""Trials on Ray Tune: the cluster, its workers, and what happens when one of them ends."""
