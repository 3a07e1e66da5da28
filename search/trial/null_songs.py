"""A collection without clusters in place of the songs: what a configuration finds in nothing."""

from __future__ import annotations

import numpy as np

from data import Songs
from evaluation.null_collections import gaussian_like
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, prepare


def null_inputs(songs: Songs, task: Task, view: str, seed: int) -> TrialInputs:
    """Return inputs of trials on songs without clusters, Gaussian like the training songs.

    Everything that follows from the songs is made anew from these: the view, the reference space.
    Splits and labels stay, though the labels are now those of other songs.
    """
    return prepare(null_songs(songs, seed), task.for_view(view))


def null_songs(songs: Songs, seed: int) -> Songs:
    """Return Gaussian songs of the mean and covariance of the training songs, inputs together.

    A song without lyrics stays without; its lyrics count as the mean of the others'.
    """
    audio = songs.audio.reshape(len(songs), -1)
    blocks = [audio]
    if songs.lyrics is not None:
        known = songs.lyrics[(songs.split == "train") & songs.has_lyrics]
        filled = np.where(songs.has_lyrics[:, None], songs.lyrics, known.mean(axis=0))
        blocks.append(filled.astype(np.float32))
    inputs = np.concatenate(blocks, axis=1)
    drawn = gaussian_like(inputs[songs.split == "train"], len(songs), seed)
    drawn_audio = drawn[:, : audio.shape[1]].reshape(songs.audio.shape)
    if songs.lyrics is None:
        return songs.replace(audio=drawn_audio)
    lyrics = np.where(songs.has_lyrics[:, None], drawn[:, audio.shape[1] :], 0.0)
    return songs.replace(audio=drawn_audio, lyrics=lyrics.astype(np.float32))
