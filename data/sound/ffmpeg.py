"""FFmpeg, through PyAV: containers, their packets, and frames as arrays.

FFmpeg is given bytes, never a name, so that it opens no other file and no address; and of its
formats only those of `FORMATS`, which hold sound and not lists of other files.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

import numpy as np

FORMATS = (
    "mov matroska asf aac ac3 amr aiff ape au caf flac mp3 mpc mpc8 ogg oma tak tta voc w64 wav wv"
).split()
"""Names of FFmpeg's readers of containers."""


class Undecodable(Exception):
    """FFmpeg finds no sound, or cannot decode what it finds."""


@contextmanager
def opened(file: BinaryIO) -> Iterator[Any]:
    """Open a file as a container of FFmpeg's.

    Raises
    ------
    Undecodable
        It is none of `FORMATS`.
    """
    import av

    file.seek(0)
    allowed = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "none"}
    try:
        container = av.open(_Bytes(file), "r", options=allowed, metadata_errors="ignore")
    except (av.error.FFmpegError, OSError) as error:  # also where it looks before the file begins
        raise Undecodable(reason(error)) from None
    with container:
        yield container


class _Bytes:
    """A file for PyAV, which prints what is raised while it seeks."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read, self.tell = file.read, file.tell

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place, or return a negative number where there is none."""
        try:
            return self._file.seek(place, whence)
        except (OSError, ValueError, OverflowError):
            return -1


def packets(container: Any, stream: Any) -> Iterator[Any]:
    """Yield the packets of a stream, the last of them empty.

    Raises
    ------
    Undecodable
        FFmpeg loses its way in the container.
    """
    import av

    try:
        yield from container.demux(stream)
    except av.error.EOFError:
        pass
    except (av.error.FFmpegError, OSError) as error:
        raise Undecodable(reason(error)) from None


def reason(error: Exception) -> str:
    """Return what an error of FFmpeg's says, without the name of the file."""
    import av

    if isinstance(error, av.error.PatchWelcomeError):
        return "FFmpeg cannot read files like this"
    return getattr(error, "strerror", None) or str(error)


def is_music(file: BinaryIO) -> bool:
    """Return whether FFmpeg finds sound in a file, and no moving pictures beside it."""
    import av

    with suppress(Undecodable), opened(file) as container:
        pictures = [
            stream
            for stream in container.streams.video
            if not stream.disposition & av.stream.Disposition.attached_pic
        ]
        return bool(container.streams.audio) and not pictures
    return False


def samples(sound: Any) -> np.ndarray:
    """Return a frame of FFmpeg's as float32 of (samples, channels), full scale at 1."""
    if sound.format.name == "fltp":  # most of them; `to_ndarray` takes several times as long
        planes = [np.frombuffer(plane, np.float32, sound.samples) for plane in sound.planes]
        return np.stack(planes, axis=1)
    values = sound.to_ndarray()
    values = values.T if sound.format.is_planar else values.reshape(-1, sound.layout.nb_channels)
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) / 128
    if values.dtype.kind == "i":
        return values.astype(np.float32) / -float(np.iinfo(values.dtype).min)
    return values.astype(np.float32)
