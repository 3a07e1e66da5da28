"""Hosts made of Linux namespaces: several computers to Ray and SSH, one machine to the test.

Each host has an address, processes, a name, a home folder, a `/tmp` and a `/dev/shm` of its own,
and an SSH server. Killing its first process kills all of it at once, as a power cut would.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

NETWORK = "10.213.7"
BRIDGE = "lt-bridge"
PROGRAMS = ("ip", "rsync", "ssh", "ssh-keygen", "unshare")
SSHD = "/usr/sbin/sshd"

SETTINGS = """\
ListenAddress {address}
HostKey /root/ssh/host_key
AuthorizedKeysFile /root/ssh/authorized_keys
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
AcceptEnv none
"""

BOOT = """\
set -e
hostname {name}
mount -t tmpfs -o size=1g tmpfs /dev/shm
for place in {kept}; do
  for own in tmp root; do
    case $place in /$own/*) mkdir -p {folder}$place; mount --rbind $place {folder}$place;; esac
  done
done
mount --rbind {folder}/root /root
mount --rbind {folder}/tmp /tmp
cd /
exec {sshd} -D -e -f /root/ssh/sshd_config
"""


@dataclass
class Host:
    """One host; `home` is its home folder, as seen from outside."""

    name: str
    address: str
    home: Path
    server: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End everything on the host at once."""
        self.server.kill()  # unshare takes the whole process namespace with it
        self.server.wait()


def lacking() -> str | None:
    """Why hosts cannot be made here; None if they can."""
    if os.geteuid() != 0:
        return "only root can make namespaces"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    missing += [] if Path(SSHD).exists() else [SSHD]
    if missing:
        return f"{', '.join(missing)}: install iproute2, openssh-server and rsync"
    made = subprocess.run(["ip", "link", "add", BRIDGE, "type", "bridge"], capture_output=True)
    subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)
    if made.returncode:
        return f"no bridge can be made: {made.stderr.decode().strip()}"
    entered = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True)
    return "namespaces are not allowed" if entered.returncode else None


@contextmanager
def hosts(count: int, folder: Path, key: Path) -> Iterator[list[Host]]:
    """Hosts that take the SSH key at `key` (made here), gone at the end of the block.

    Parameters
    ----------
    folder : empty; what the hosts keep on their disks lies below it.
    """
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    with ExitStack() as stack:
        remove(BRIDGE, count)
        stack.callback(remove, BRIDGE, count)
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("address", "add", f"{NETWORK}.254/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        made = []
        for number in range(1, count + 1):
            made.append(started(number, folder, key))
            stack.callback(made[-1].kill)
        for host in made:
            wait_for_ssh(host, key)
        yield made


def started(number: int, folder: Path, key: Path) -> Host:
    """A host whose SSH server is starting."""
    name, address = f"host{number}", f"{NETWORK}.{number}"
    space, outside = f"lt-{name}", f"lt-link{number}"
    ip("netns", "add", space)
    ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space)
    ip("link", "set", outside, "master", BRIDGE, "up")
    ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
    ip("-n", space, "link", "set", "eth0", "up")
    ip("-n", space, "link", "set", "lo", "up")
    # Ray takes its own address from the way to the internet, be it closed or not.
    ip("-n", space, "route", "add", "default", "via", f"{NETWORK}.254")
    disk = folder / name
    ssh = disk / "root" / "ssh"
    ssh.mkdir(parents=True)
    (disk / "tmp").mkdir()
    host_key = ssh / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host_key], check=True)
    (ssh / "sshd_config").write_text(SETTINGS.format(address=address))
    shutil.copy(key.with_suffix(".pub"), ssh / "authorized_keys")
    kept = " ".join(
        sorted({sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1])})
    )
    boot = BOOT.format(name=name, kept=kept, folder=disk, sshd=SSHD)
    apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--mount", "--uts"]
    with (disk / "sshd.log").open("wb") as log:
        server = subprocess.Popen(
            ["ip", "netns", "exec", space, *apart, "sh", "-c", boot], stdout=log, stderr=log
        )
    return Host(name, address, disk / "root", server)


def wait_for_ssh(host: Host, key: Path) -> None:
    deadline = time.monotonic() + 30
    while subprocess.run(ssh(host, key, "true"), capture_output=True).returncode:
        if time.monotonic() > deadline or host.server.poll() is not None:
            raise RuntimeError((host.home.parent / "sshd.log").read_text())
        time.sleep(0.2)


def ssh(host: Host, key: Path, *command: str) -> list[str]:
    """The command line that runs something on a host."""
    quiet = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    return ["ssh", "-q", *quiet, "-i", str(key), f"root@{host.address}", *command]


def remove(bridge: str, count: int) -> None:
    """Take away what a former test may have left, or this one leaves."""
    for number in range(1, count + 1):
        subprocess.run(["ip", "netns", "del", f"lt-host{number}"], capture_output=True)
        subprocess.run(["ip", "link", "del", f"lt-link{number}"], capture_output=True)
    subprocess.run(["ip", "link", "del", bridge], capture_output=True)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
