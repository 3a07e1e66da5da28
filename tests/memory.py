"""How much memory this process takes for a while, whatever it took before."""

from pathlib import Path

STATUS = Path("/proc/self/status")


class Growth:
    """The most memory that this process has held beyond what it held when this was made."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins again, see proc(5)
        self._before = _kibibytes("VmRSS")

    @property
    def bytes(self) -> int:
        return (_kibibytes("VmHWM") - self._before) * 1024


def _kibibytes(name: str) -> int:
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
