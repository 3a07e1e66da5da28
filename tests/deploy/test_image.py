"""The steps of the image, carried out in a clean root file system of Debian, without Docker.

The Python of that file system is Debian's 3.11 where the image has its own; all else is the same.
It takes root, `debootstrap`, and the registries of Debian and of Python.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Image, Stage, build, stages

pytestmark = [
    pytest.mark.image,
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("debootstrap"),
        reason="needs root and the package debootstrap",
    ),
]
ROOT = Path(__file__).parents[2]
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
ROOMS = ("data", "models", "evaluation", "results", "search")


@pytest.fixture(scope="module")
def read() -> dict[str, Stage]:
    return stages(ROOT / "deploy" / "Dockerfile")


@pytest.fixture(scope="module")
def python_image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Debian 12 with Python 3.11 in /usr/local, as the official images of Python are."""
    root = tmp_path_factory.mktemp("image") / "debian"
    packages = "--include=python3,python3-venv,ca-certificates"
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", packages, "bookworm", str(root)],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"Debian could not be had: {made.stdout.strip().splitlines()[-1:]}")
    for path in (CERTIFICATES, Path("/etc/resolv.conf")):
        if path.exists():
            shutil.copy(path, root / path.relative_to("/"))
    image = Image(root, {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
    image.environment |= {"PIP_CERT": str(CERTIFICATES), "HOME": "/root", "LANG": "C.UTF-8"}
    done = image.run("python3 -m venv /usr/local")
    assert done.returncode == 0, done.stderr
    return image


@pytest.fixture(scope="module")
def image(read: dict[str, Stage], python_image: Image) -> Image:
    """The target `cpu`."""
    built = build("cpu", read, ROOT, python_image, python_image.root.parent)
    built.environment |= {"HOME": "/home/latentune"}
    return built


def test_every_step_of_the_image_can_be_carried_out(image: Image) -> None:
    assert image.user == "1000:1000" and image.folder == "/opt/latentune"
    assert image.run("id --user").stdout == "1000\n"
    assert image.run("wget --version").returncode == 0
    assert image.run("ray --version").stdout.strip().endswith("2.60.0")


def test_all_code_in_the_image_is_compiled(image: Image) -> None:
    for room in ROOMS:
        for path in (image.root / "opt" / "latentune" / room).rglob("*.py"):
            assert [*(path.parent / "__pycache__").glob(f"{path.stem}.cpython-*.pyc")], path
    (site,) = (image.root / "usr" / "local" / "lib").glob("python3.*/site-packages")
    for package in ("tensorflow", "keras", "ray"):
        assert [*(site / package / "__pycache__").glob("__init__.cpython-*.pyc")], package


def test_its_user_can_change_no_code_and_search(image: Image) -> None:
    assert image.run("touch search/cli.py").returncode != 0
    assert "easy" in image.run("python -m search tasks").stdout
    small = (
        "--trials 1 --finalists 1 --set epochs=2 --set finalist_seeds=1 --set null_collections=0"
    )
    made = image.run("python -m data demo --songs 60 --out /tmp/songs")
    assert made.returncode == 0, made.stderr
    done = image.run(f"python -m search easy --data /tmp/songs --name first --no-report {small}")
    assert done.returncode == 0, (done.stdout, done.stderr)
    run = image.root / "opt" / "latentune" / "results" / "runs" / "easy" / "first"
    assert (run / "comparison.parquet").is_file()
    assert run.stat().st_uid == 1000
