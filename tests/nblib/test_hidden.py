"""Files beside a notebook that are named like a module."""

import os
import subprocess
import sys

import pytest

from nblib._hidden import hiding

PACKAGES = [place for place in sys.path if place.endswith("site-packages")]
LIBRARY = os.path.dirname(os.__file__)


@pytest.fixture
def folder(tmp_path):
    for name in ("random.py", "numpy.py", "my_own.py", "not-a-name.py"):
        (tmp_path / name).touch()
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    (tmp_path / "matplotlib").mkdir()  # a folder without __init__.py hides nothing
    return tmp_path


def test_files_before_the_modules_hide_them(folder):
    assert hiding(folder, ["", LIBRARY, *PACKAGES]) == ["numpy.py", "random.py", "torch"]
    assert hiding(folder, [str(folder), LIBRARY, *PACKAGES]) == ["numpy.py", "random.py", "torch"]


def test_files_between_library_and_packages_hide_the_packages(folder):
    assert hiding(folder, [LIBRARY, "", *PACKAGES]) == ["numpy.py", "torch"]


def test_files_behind_all_others_or_elsewhere_hide_nothing(folder):
    assert hiding(folder, [LIBRARY, *PACKAGES, ""]) == hiding(folder, [LIBRARY, *PACKAGES]) == []


def test_nblib_says_which_file_it_is_and_what_to_do(folder):
    root = next(place for place in sys.path if os.path.exists(os.path.join(place, "nblib", "_hidden.py")))
    program = f"import sys; sys.path.append({root!r}); sys.path.insert(1, ''); import nblib"
    done = subprocess.run([sys.executable, "-P", "-c", program], cwd=folder, text=True, capture_output=True)
    assert done.returncode == 1
    assert f"{folder / 'numpy.py'} has the name of a module that is needed here, `numpy`" in done.stderr
    assert "another name" in done.stderr and "restart the kernel" in done.stderr
