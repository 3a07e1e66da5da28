"""Opening a sound file by what it holds, whatever it is called.

libsndfile reads what it knows, since it finds every place exactly and fast. PyAV reads the rest.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from data.errors import DataError
from data.sound import chunks, decoding, kinds, mpeg, ogg
from data.sound.evidence import Length, remarks
from data.sound.ffmpeg import Undecodable
from data.sound.kinds import Kind

_JUNK = 1 << 20
"""Bytes before the first frame of an MP3 file that are neither frames nor tags."""
_AGAIN = "copy it again, or export it as WAV, FLAC, OGG or MP3"


class Sound(Protocol):
    """Sound that is read window by window.

    Parameters
    ----------
    rate, channels, length : int
        Samples per second; channels; samples of each of them, as many as decode.
    ending : Length
        How decoding ended.
    """

    rate: int
    channels: int
    length: int
    ending: Length

    def read(self, start: int, count: int) -> np.ndarray:
        """Return samples as float32 of (count or fewer, channels); never before the last call."""

    def close(self) -> None:
        """Let go of what reading took."""


class _CutShort(Exception):
    """The file says itself that it is longer."""

    def __init__(self, reason: str = "its end is missing") -> None:
        super().__init__(reason)


class _Sndfile:
    """What libsndfile reads."""

    ending = Length.AGREES

    def __init__(self, file: BinaryIO) -> None:
        import soundfile

        # A descriptor, since libsndfile would go by the ending of a name; and one of its own,
        # since other readers would not know where libsndfile left it.
        self._raw = open(file.name, "rb", buffering=0)
        try:
            self._file = soundfile.SoundFile(self._raw.fileno(), closefd=False)
        except Exception:
            self._raw.close()
            raise
        self.format = self._file.format
        self.rate, self.channels = self._file.samplerate, self._file.channels
        self.length = self._file.frames

    def read(self, start: int, count: int) -> np.ndarray:
        self._file.seek(start)
        return self._file.read(count, dtype="float32", always_2d=True)

    def close(self) -> None:
        self._file.close()
        self._raw.close()


@contextmanager
def opened(path: Path) -> Iterator[tuple[Sound, tuple[str, ...]]]:
    """Open a sound file, and give it with what is to be remarked of its length.

    Raises
    ------
    DataError
        It is damaged, cut short or no sound; also while it is read.
    """
    import soundfile

    with path.open("rb") as file:
        try:
            sound, lengths = _reader(file)
            with closing(sound):
                yield sound, remarks(*lengths, sound.ending)
        except _CutShort as error:
            raise DataError(f"{path} is cut short: {error}; copy it again") from None
        except decoding.TooLong:
            hours = decoding.LONGEST // 3600
            raise DataError(f"{path} is longer than {hours} hours; cut it into songs") from None
        except decoding.RateChanges:
            raise DataError(
                f"{path} changes its sample rate; export it again at one rate"
            ) from None
        except (soundfile.SoundFileError, Undecodable) as error:
            reason = str(getattr(error, "error_string", error)).rstrip(".")
            raise DataError(f"{path} is damaged or no sound ({reason}); {_AGAIN}") from None


def _reader(file: BinaryIO) -> tuple[Sound, tuple[Length, ...]]:
    """Choose what reads a file, and return it with what the file says of its length."""
    kind, lead = kinds.kind(file)
    if kind is Kind.OGG:
        ending, joined = ogg.length(file)
        if ending is Length.CUT:
            raise _CutShort
        return (decoding.DecodedFile(file) if joined else _either(file)), (ending,)
    if kind is Kind.FLAC:
        if kinds.flac_samples(lead):
            return _either(file), ()
        return decoding.DecodedFile(file), (Length.UNKNOWN,)
    if kind is Kind.CHUNKS:
        ending = chunks.length(file)
        if ending is Length.CUT:
            raise _CutShort
        return _either(file), (ending,)
    if kind is Kind.PACKETS:
        return decoding.DecodedFile(file), ()
    frames = mpeg.walk(file, 0, decoding.LONGEST)
    return _mpeg(file, frames) if frames else _unknown(file)


def _mpeg(file: BinaryIO, frames: mpeg.Frames) -> tuple[Sound, tuple[Length, ...]]:
    """Read MP3 by libsndfile where that knows the length; it estimates it from the size."""
    import soundfile

    seconds = frames.first.samples / frames.first.rate
    if len(frames.places) * seconds > decoding.LONGEST:
        raise decoding.TooLong
    if frames.changes:
        raise decoding.RateChanges
    if frames.length is Length.CUT:
        assert frames.stated is not None
        raise _CutShort(
            f"its sound ends after {len(frames.places) * seconds:.1f} s of "
            f"{frames.stated * seconds:.1f} s"
        )
    if frames.stated and frames.length is Length.AGREES:
        with suppress(soundfile.SoundFileError):
            sound = _Sndfile(file)
            if sound.format == "MP3" and sound.length == frames.samples:
                return sound, ()
            sound.close()
    return decoding.MpegSound(file, frames), ()


def _unknown(file: BinaryIO) -> tuple[Sound, tuple[Length, ...]]:
    """Read what begins like no kind of file that is known here."""
    frames = mpeg.walk(file, _JUNK, decoding.LONGEST)
    if frames and frames.places:
        size = os.fstat(file.fileno()).st_size
        if 2 * frames.taken > size - frames.places[0]:  # else they are found by chance
            return _mpeg(file, frames)
    return _either(file), ()


def _either(file: BinaryIO) -> Sound:
    """Read by libsndfile, or by FFmpeg what libsndfile does not know or finds no sound in.

    The last sample is read first: what does not reach the length that is written is cut short.
    """
    import soundfile

    try:
        sound = _Sndfile(file)
    except soundfile.SoundFileError:
        try:
            return decoding.DecodedFile(file)
        except Undecodable:
            pass
        raise
    if not sound.length:
        sound.close()
        with suppress(Undecodable):
            return decoding.DecodedFile(file)
        return _Sndfile(file)
    with suppress(soundfile.SoundFileError):
        if len(sound.read(sound.length - 1, 1)):
            return sound
    sound.close()
    raise _CutShort
