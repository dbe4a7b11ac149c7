"""What all tests share: strict widgets, one thread, and the build scripts of notebooks/ importable."""

import os

import pytest

# Before NumPy is loaded, which reads the number of threads once.
os.environ.update(NBLIB_STRICT="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")


@pytest.fixture(scope="module")
def widgets(request):
    """The widgets of the notebook that a test module calls its NOTEBOOK, by name."""
    from notebook_runner import widgets_of

    return widgets_of(request.module.NOTEBOOK)


def pytest_generate_tests(metafunc):
    """A test of a notebook's widgets that takes a `name` runs for each of them, unless it lists names itself."""
    listed = any("name" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if {"name", "widgets"} <= set(metafunc.fixturenames) and not listed:
        metafunc.parametrize("name", metafunc.module.NAMES)


@pytest.fixture
def fresh(widgets):
    """Make a new live widget of the notebook at step 0, with settings and a seed of its own."""
    made = []

    def make(name, seed=0, **values):
        made.append(widgets[name](**values))
        made[-1].trainer.seed = seed
        made[-1].reset()
        return made[-1]

    yield make
    for widget in made:
        widget.dispose()
