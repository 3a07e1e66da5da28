"""Songs in: files, audio, lyrics, views, the demo collection and the splits."""

from data.errors import DataError
from data.files import fingerprint
from data.loading import load, read
from data.songs import Songs

__all__ = ["DataError", "Songs", "fingerprint", "load", "read"]
