"""A course set up by start.py in a folder of its own, JupyterLab over it, and Chromium to look at it."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys

import nbformat
import pytest
from lab import CHROMIUM, FLAGS, Lab

ROOT = pathlib.Path(__file__).parents[2]
FAILURES = pathlib.Path(__file__).parent / "failures"


def pytest_collection_modifyitems(items):
    """Without Chromium these tests skip and say so; with NBLIB_REQUIRE_BROWSER=1 (CI) they fail instead."""
    if CHROMIUM is None and os.environ.get("NBLIB_REQUIRE_BROWSER") != "1":
        for item in items:
            item.add_marker(pytest.mark.skip(reason="no Chromium found; on Debian: apt-get install chromium"))


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A copy of the course: its own work folder, the environment of this checkout."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("start.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    for name in (".venv", "nblib", "data"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="session")
def server(course, tmp_path_factory):
    """The address that `start.py --no-browser` prints."""
    home = tmp_path_factory.mktemp("jupyter")
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    environ.pop("NBLIB_STRICT", None)
    log = open(home / "server.log", "w+")  # noqa: SIM115 (open as long as the server runs)
    process = subprocess.Popen(
        [
            sys.executable,
            "start.py",
            "--no-browser",
            "--port",
            str(_free_port()),
            "--",
            "--LabApp.expose_app_in_browser=True",
        ],
        cwd=course,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    printed = []
    for line in process.stdout:
        printed.append(line)
        address = re.search(r"(http://127\.0\.0\.1:\d+)\S*\?token=(\w+)", line)
        if address:
            break
    else:
        log.seek(0)
        pytest.fail("start.py ended before JupyterLab was ready:\n" + "".join(printed) + log.read())
    yield address.groups()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    log.close()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.fail("no Chromium found, and NBLIB_REQUIRE_BROWSER=1 wants one; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def lab(server, course, browser, request):
    """JupyterLab in a page of its own; when the test fails, a screenshot is kept."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    lab = Lab(page, *server, course / "work")
    yield lab
    if getattr(request.node, "failed", False):
        FAILURES.mkdir(exist_ok=True)
        page.screenshot(path=FAILURES / f"{re.sub(r'[^a-zA-Z0-9]+', '-', request.node.name)}.png")
    lab.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    item.failed = getattr(item, "failed", False) or report.failed


@pytest.fixture
def notebook(course):
    """Write a notebook of the given code cells into the work folder; its name."""

    def write(name, *cells):
        cells = [nbformat.v4.new_code_cell(source) for source in cells]
        nbformat.write(
            nbformat.v4.new_notebook(
                cells=cells,
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            ),
            course / "work" / name,
        )
        return name

    return write


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
