"""The page by the rules of axe-core, which knows what shuts people out.

It comes from npm's registry once, into `build/npm`.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from selenium import webdriver

from results.report.page import write_report
from tests.results.made import made
from tests.results.report.driving import THEMES, WIDTHS, click, look_for, show

VERSION = "4.14.1"
HERE = Path(__file__).parents[3] / "build" / "npm"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    folder = HERE / "node_modules" / "axe-core"
    if not (folder / "axe.min.js").is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("needs npm, which brings axe-core")
        HERE.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-save", "--ignore-scripts", f"axe-core@{VERSION}"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120)
        if done.returncode:
            pytest.skip(f"npm cannot bring axe-core: {done.stderr[-200:]}")
    return (folder / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(made(tmp_path_factory.mktemp("runs"))).as_uri()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_serious_fault(
    browser: webdriver.Chrome, address: str, axe: str, width: int, theme: str
) -> None:
    show(browser, address, width, theme)
    look_for(browser, "tune")
    click(browser, 5)
    browser.execute_script(axe)
    found = browser.execute_async_script(
        "const done = arguments[0];"
        "axe.run().then(({violations}) => done(violations.map(({id, impact, nodes}) =>"
        " [id, impact, nodes.slice(0, 3).map(each => each.html.slice(0, 200))])),"
        " error => done([['failed', 'critical', [`${error}`]]]));"
    )
    assert [each for each in found if each[1] in SERIOUS] == []
