"""Runs a test module inside the kernel of a notebook that has just been run: its widgets are those tested."""

import contextlib
import io
import threading
import traceback
from pathlib import Path

import notebook_runner
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_tests(tests, notebook, said):
    """Run the module `tests` on the widgets in this kernel; write "passed", or what pytest prints, into `said`.

    In a thread: there is no event loop there, so a widget draws at once, as in every test without a page.
    """
    notebook_runner.adopt(notebook, get_ipython().user_ns)  # noqa: F821 (a name of every kernel)
    printed, codes = io.StringIO(), []

    def run():
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                codes.append(
                    pytest.main(
                        [
                            tests,
                            "-c",
                            str(ROOT / "pyproject.toml"),
                            "--rootdir",
                            str(ROOT),
                            "-q",
                            "-s",
                            "-p",
                            "no:cacheprovider",
                            "--tb=short",
                            "--color=no",
                            # of modules that the kernel has loaded already
                            "-W",
                            "ignore::pytest.PytestAssertRewriteWarning",
                        ]
                    )
                )
            except Exception:
                traceback.print_exc()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    text = "passed" if codes == [0] else f"pytest ended with {codes or 'an exception'}\n{printed.getvalue()[-6000:]}"
    Path(said).write_text(text, encoding="utf-8")
