"""Sound that FFmpeg decodes: M4A, WMA, WebM and others, and MP3 without an exact header."""

from collections.abc import Generator
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np

from data.sound.evidence import Length
from data.sound.ffmpeg import Undecodable, opened, packets, reason, samples
from data.sound.mpeg import Frames, frame

LONGEST = 24 * 3600
"""Seconds of the longest sound that is decoded."""
_WARMING = {1: 12}
"""MP3 frames decoded before those that are wanted, by the version of MPEG, 32 where it is not 1. A
frame needs up to 511 bytes of main data of those before it, or 255 in later versions, which take
up to 9 and 24 frames at the lowest bit rates, and the overlap of one or two more."""


class TooLong(Exception):
    """The sound is longer than `LONGEST`."""


class RateChanges(Exception):
    """The sample rate is another one further on."""


class DecodedFile:
    """A file that is decoded from its beginning, as often as it takes.

    It is decoded once for its exact length, and again while windows of it are read one after the
    other. Places inside it are not sought for: in most formats they are found only roughly.

    Raises
    ------
    Undecodable, TooLong, RateChanges
        While it is made, and while it is read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.format = ""
        self.rate, self.channels, self.length = 0, 0, 0
        self.ending = Length.AGREES
        self._place = 0
        self._rest: np.ndarray | None = None
        for piece in self._pieces():
            self.length += len(piece)
            if self.length > LONGEST * self.rate:
                raise TooLong
        if not self.length:
            raise Undecodable("no sound in it")
        self._decoded = self._pieces()

    def read(self, start: int, count: int) -> np.ndarray:
        """Return samples as (count or fewer, channels); ``start`` never goes back."""
        taken: list[np.ndarray] = []
        wanted = count
        while wanted > 0:
            piece = self._rest if self._rest is not None else next(self._decoded, None)
            self._rest = None
            if piece is None:
                break
            begin = max(0, start - self._place)
            part = piece[begin : begin + wanted]
            if len(part):  # an empty one would keep the piece in memory
                taken.append(part)
            wanted -= len(part)
            used = min(len(piece), begin + len(part))
            self._place += used
            if used < len(piece):
                self._rest = piece[used:]
        return np.concatenate(taken) if taken else np.zeros((0, max(1, self.channels)), np.float32)

    def close(self) -> None:
        """End decoding."""
        self._decoded.close()

    def _pieces(self) -> Generator[np.ndarray]:
        """Yield the sound as it is decoded.

        A packet that cannot be decoded is an error if sound follows it. If none does it is the
        torn end of the file.
        """
        import av

        with opened(self._file) as container:
            self.format = container.format.name
            stream = container.streams.best("audio")
            if stream is None or stream.codec_context is None:
                raise Undecodable("no sound in it that FFmpeg decodes")
            stream.codec_context.thread_count = 1  # there is one worker for every core
            torn = ""
            for packet in packets(container, stream):
                try:
                    decoded = packet.decode()
                except (av.error.FFmpegError, OSError, EOFError) as error:
                    torn = torn or reason(error)
                    continue
                for sound in decoded:
                    if torn:
                        raise Undecodable(torn)
                    yield self._samples(sound)
            if torn:
                self.ending = Length.UNENDED

    def _samples(self, sound: Any) -> np.ndarray:
        values = samples(sound)
        if not self.rate:
            self.rate, self.channels = sound.sample_rate, values.shape[1]
        if sound.sample_rate != self.rate:
            raise RateChanges
        return _in_channels(values, self.channels)


class MpegSound:
    """MP3 frames that are decoded where they are wanted."""

    def __init__(self, file: BinaryIO, frames: Frames) -> None:
        self._file, self._frames = file, frames
        self.rate, self.channels = frames.first.rate, frames.first.channels
        self.length = frames.samples
        self.ending = frames.length

    def read(self, start: int, count: int) -> np.ndarray:
        """Return samples as (count or fewer, channels)."""
        from av import CodecContext

        first = self._frames.first
        begin = start + self._frames.skipped
        end = min(begin + count, self._frames.skipped + self.length)
        wanted = range(begin // first.samples, -(-end // first.samples))
        decoder = CodecContext.create(f"mp{first.layer}float", "r")
        for number in range(max(0, wanted.start - _WARMING.get(first.version, 32)), wanted.start):
            with suppress(Undecodable):  # the first of these lack what they build on
                self._decode(decoder, number)
        sound = np.zeros((len(wanted), first.samples, self.channels), np.float32)
        for place, number in zip(sound, wanted, strict=True):
            for part in self._decode(decoder, number):
                values = _in_channels(samples(part), self.channels)
                place[: len(values)] = values[: len(place)]
        offset = begin - wanted.start * first.samples
        return sound.reshape(-1, self.channels)[offset : offset + max(0, end - begin)]

    def close(self) -> None:
        """Do nothing: every call of `read` makes a decoder of its own."""

    def _decode(self, decoder: Any, number: int) -> list[Any]:
        import av

        self._file.seek(self._frames.places[number])
        lead = self._file.read(4)
        header = frame(lead)
        content = lead + self._file.read(header.size - 4) if header else lead
        try:
            return decoder.decode(av.Packet(content))
        except av.error.FFmpegError as error:
            raise Undecodable(reason(error)) from None


def _in_channels(values: np.ndarray, channels: int) -> np.ndarray:
    """Return sound in as many channels as it began with, their mean if these are others."""
    if values.shape[1] == channels:
        return values
    return np.repeat(values.mean(axis=1, keepdims=True), channels, axis=1)
