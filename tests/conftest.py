"""What all tests share: strict widgets, one thread, and the build scripts of notebooks/ importable."""

import os
import sys
from pathlib import Path

import pytest

# Before NumPy is loaded, which reads the number of threads once.
os.environ.update(NBLIB_STRICT="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))


@pytest.fixture(scope="module")
def widgets(request):
    """The widgets of the notebook that a test module calls its NOTEBOOK, by name."""
    from notebook_runner import widgets_of
    return widgets_of(request.module.NOTEBOOK)
