"""A Dockerfile read into its stages, and a stage carried out in a folder that is a file system.

Enough of it for deploy/Dockerfile: ARG, FROM, RUN, ENV, WORKDIR, COPY, USER, ENTRYPOINT and CMD.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Step:
    """One instruction of a stage, such as `RUN` with its command."""

    kind: str
    text: str


@dataclass(frozen=True)
class Stage:
    """What stands behind a FROM.

    Attributes
    ----------
    name, base : as in `FROM base AS name`.
    steps : in their order.
    """

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def texts(self, kind: str) -> list[str]:
        return [step.text for step in self.steps if step.kind == kind]


def stages(path: Path) -> dict[str, Stage]:
    """Read a Dockerfile; variables of ARG before the first FROM are put in."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines))
    found: dict[str, Stage] = {}
    given: dict[str, str] = {}
    for line in filter(None, map(str.strip, whole.splitlines())):
        kind, text = line.split(maxsplit=1)
        if kind == "ARG":
            name, value = text.split("=", 1)
            given[name] = value
        elif kind == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", text).groups()  # type: ignore[union-attr]
            base = re.sub(r"\$\{(\w+)\}", lambda hit: given[hit[1]], base)
            found[name] = Stage(name, base)
        else:
            next(reversed(found.values())).steps.append(Step(kind, text))
    return found


@dataclass
class Image:
    """A stage that was carried out.

    Attributes
    ----------
    root : its file system.
    environment, folder, user : of what is run in it.
    """

    root: Path
    environment: dict[str, str]
    folder: str = "/"
    user: str = "0:0"

    def run(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, in a namespace of its own that leaves no mount behind."""
        inside = f"cd {self.folder} && {command}"
        script = (
            'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && '
            'exec chroot --userspec="$1" "$0" /bin/sh -c "$2"'
        )
        isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]
        return subprocess.run(
            [*isolated, str(self.root), self.user, inside],
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=1_800,
        )


def build(
    name: str, built_of: dict[str, Stage], context: Path, first: Image, scratch: Path
) -> Image:
    """Carry out a stage, and those that it needs.

    Parameters
    ----------
    name : of the stage.
    built_of : all stages.
    context : folder that COPY takes files from.
    first : stands for the image of the first FROM.
    scratch : folder for the file systems of the stages.
    """
    stage = built_of[name]
    below = (
        build(stage.base, built_of, context, first, scratch) if stage.base in built_of else first
    )
    root = scratch / name
    if not root.exists():
        subprocess.run(["cp", "--archive", str(below.root), str(root)], check=True)
    image = Image(root, {**below.environment}, below.folder, below.user)
    if (scratch / f"{name}.built").exists():
        return _settled(image, stage)
    for step in stage.steps:
        _carry_out(step, image, built_of, context, first, scratch)
    (scratch / f"{name}.built").touch()
    return image


def _settled(image: Image, stage: Stage) -> Image:
    """Return an image with what the steps of its stage say of the way commands are run."""
    for step in stage.steps:
        if step.kind in ("ENV", "WORKDIR", "USER"):
            _setting(step, image)
    return image


def _setting(step: Step, image: Image) -> None:
    if step.kind == "ENV":
        image.environment |= dict(each.split("=", 1) for each in shlex.split(step.text))
    elif step.kind == "WORKDIR":
        image.folder = step.text
        (image.root / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
    else:
        image.user = step.text


def _carry_out(
    step: Step,
    image: Image,
    built_of: dict[str, Stage],
    context: Path,
    first: Image,
    scratch: Path,
) -> None:
    if step.kind == "RUN":
        done = image.run(step.text)
        assert done.returncode == 0, (step.text, done.stdout[-2_000:], done.stderr[-2_000:])
    elif step.kind == "COPY":
        *sources, target = step.text.split()
        origin = context
        if sources[0].startswith("--from="):
            origin = build(sources.pop(0)[7:], built_of, context, first, scratch).root
        for source in sources:
            _copy(origin / source.lstrip("/"), image, target, whole=origin != context)
    elif step.kind in ("ENV", "WORKDIR", "USER"):
        _setting(step, image)
    else:
        assert step.kind in ("ENTRYPOINT", "CMD"), step
        assert isinstance(json.loads(step.text), list)


def _copy(source: Path, image: Image, target: str, *, whole: bool) -> None:
    """Copy a file into a folder, or what is in a folder into one; root owns it, as in an image."""
    into = image.root / os.path.join(image.folder, target).lstrip("/")
    if source.is_dir():
        ignored = shutil.ignore_patterns() if whole else shutil.ignore_patterns(*_LEFT_OUT)
        shutil.copytree(source, into, dirs_exist_ok=True, ignore=ignored)
    else:
        shutil.copy2(source, into / source.name if target.endswith("/") else into)


_LEFT_OUT = ("sets", "runs", "__pycache__")
"""What deploy/Dockerfile.dockerignore keeps out of the folders of code."""
