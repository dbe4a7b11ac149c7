"""What the validation adds to nbval: each cell's CPU seconds, and widget tests in the kernel that ran the notebook.

A plugin of pytest (`-p nbval_kernel`). CPU seconds are those of the kernel and its children: a busy machine makes a
cell late, not expensive. They are reported as the property `cpu_seconds` of each cell.

With `--widget-tests FOLDER`, a notebook NN_… for which there is a FOLDER/test_widgets_NN.py has one item more, behind
its last cell: these tests, run in the same kernel on the widgets that the cells have made.
"""

import tempfile
from pathlib import Path

import psutil
import pytest

SUPPORT = Path(__file__).resolve().parents[1] / "tests" / "support"
PATIENCE = 1800  # wall seconds for the tests of one notebook: only against hanging


def pytest_addoption(parser):
    """The option --widget-tests."""
    parser.addoption("--widget-tests", type=Path, help="folder with a test_widgets_NN.py for each notebook NN")


def cpu_seconds(pid):
    """The CPU seconds that a process and its children have used so far; 0 when it has ended."""
    try:
        return sum(psutil.Process(pid).cpu_times()[:4])  # user, system, and both of children that have ended
    except psutil.NoSuchProcess:
        return 0.0


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """Report the CPU seconds of each cell."""
    kernel = getattr(item.parent, "kernel", None)
    pid = kernel and kernel.km.provisioner.pid
    before = cpu_seconds(pid) if kernel else 0
    yield
    if kernel:
        item.user_properties.append(("cpu_seconds", round(cpu_seconds(pid) - before, 2)))


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """Put the widget tests behind the last cell of a notebook."""
    report = (yield).get_result()
    folder = collector.config.getoption("--widget-tests")
    if folder and report.passed and collector.nodeid.endswith(".ipynb"):
        tests = folder / f"test_widgets_{collector.path.stem[:2]}.py"
        if tests.exists():
            report.result.append(WidgetTests.from_parent(collector, name="widgets", tests=tests))


class WidgetTests(pytest.Item):
    """The tests of one notebook's widgets, as a single item."""

    def __init__(self, *, tests, **options):
        super().__init__(**options)
        self.tests = tests

    def runtest(self):
        """Run them in the kernel; fail with what they print unless all pass."""
        kernel = self.parent.kernel
        with tempfile.TemporaryDirectory() as folder:
            said = Path(folder) / "said.txt"
            code = (
                f"import sys; sys.path.insert(0, {str(SUPPORT)!r}); import in_kernel\n"
                f"in_kernel.run_tests({str(self.tests)!r}, {self.parent.path.stem!r}, {str(said)!r})"
            )
            message = kernel.execute_cell_input(code, allow_stdin=False)
            kernel.await_reply(message, timeout=PATIENCE)
            text = said.read_text(encoding="utf-8") if said.exists() else "the kernel did not run them"
        if not text.startswith("passed"):
            raise AssertionError(text)

    def repr_failure(self, excinfo, style=None):
        """What the tests printed, without this plugin's own traceback; in nbval's words for a failed cell."""
        return f"Widgets: the tests of the widgets failed\nTraceback:\n{excinfo.value}"

    def reportinfo(self):
        """Where this item comes from."""
        return self.path, 0, "widgets"
