"""nblib's house: what may import what, how long a module may be, and that PyTorch stays outside."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nblib

HOUSE = Path(nblib.__file__).parent
MODULES = sorted(HOUSE.rglob("*.py"))

# part -> the other parts that it may import
ARROWS = {
    "__init__": {"_hidden"},
    "_hidden": set(),
    "_inputs": set(),
    "_download": set(),
    "counting": set(),
    "autograd": {"_inputs"},
    "optim": {"_inputs", "autograd"},
    "nn": {"_inputs", "autograd", "optim"},
    "datasets": {"_download", "_inputs"},
    "training": {"_inputs"},
    "plots": {"_inputs"},
    "learner": {"autograd", "datasets", "nn", "optim"},
    "checks": {"_inputs"},
    "exercises": {"checks", "datasets"},
    "widgets": {"_inputs", "autograd", "learner", "plots", "training"},
}


def imported(path):
    """(the module imported, whether at the top level) for each import in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node in tree.body


def part(path):
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_arrows_point_one_way(path):
    others = {name.split(".")[1] for name, _ in imported(path) if name.startswith("nblib.")} - {part(path)}
    assert others <= ARROWS[part(path)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_torch_is_imported_by_the_exercises_about_it_alone_and_only_when_they_run(path):
    torch = [top for name, top in imported(path) if name.split(".")[0] == "torch"]
    assert not any(torch)
    assert not torch or part(path) == "exercises"


def test_every_module_can_be_imported_without_torch():
    names = [".".join(("nblib", *path.relative_to(HOUSE).with_suffix("").parts)) for path in MODULES]
    names = [name.removesuffix(".__init__") for name in names]
    program = (
        f"import sys, importlib\nfor name in {names!r}: importlib.import_module(name)\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_modules_are_short_enough_to_be_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 420
