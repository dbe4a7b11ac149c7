"""Every exercise of every notebook: the blank stub, the reference and each mistake read as they should."""

import ast
import importlib
import re
from pathlib import Path

import jupytext
import pytest

import nblib.exercises
from nblib.checks.answer import AnswerExercise

MODULES = sorted(path.stem for path in Path(nblib.exercises.__path__[0]).glob("e[0-9][0-9]_*.py"))
TEXTS = sorted(Path(__file__).parents[3].glob("notebooks/text/[0-9][0-9]_*.py"))


def load(module):
    return importlib.import_module(f"nblib.exercises.{module}").exercises


EXERCISES = [(module, name) for module in MODULES for name in load(module).named]
MISTAKES = [(m, name, sentence) for m, name in EXERCISES for sentence in load(m).named[name].mistakes]


def attempt(exercise, sentence=None):
    """The reference solution of an exercise, or the wrong one that belongs to a sentence."""
    if not isinstance(exercise, AnswerExercise):
        return exercise.mistakes[sentence] if sentence else exercise.reference
    wrong = exercise.mistakes[sentence] if sentence else exercise.expected
    if callable(wrong):
        pytest.fail(f"{exercise.name}: give an example, as (predicate, example): {sentence}")
    return wrong[1] if isinstance(wrong, tuple) and callable(wrong[0]) else wrong


@pytest.mark.parametrize("module, name", EXERCISES)
def test_the_blank_stub_is_not_attempted(module, name):
    def stub(*args):
        """What is wanted"""
        ...

    exercise = load(module).named[name]
    blank = ... if isinstance(exercise, AnswerExercise) else stub
    assert load(module).verdict(name, blank) == f"{name}: not attempted yet"


@pytest.mark.parametrize("module, name", EXERCISES)
def test_the_reference_is_right(module, name):
    assert re.fullmatch(rf"✓ {name}: right.*", load(module).verdict(name, attempt(load(module).named[name])))


@pytest.mark.parametrize("module, name", EXERCISES)
def test_there_are_three_mistakes_at_least(module, name):
    assert len(load(module).named[name].mistakes) >= 3


@pytest.mark.parametrize("module, name, sentence", MISTAKES)
def test_a_mistake_reads_its_own_sentence(module, name, sentence):
    said = load(module).verdict(name, attempt(load(module).named[name], sentence))
    assert said.splitlines()[0] == f"✗ {name}: {sentence}"


@pytest.mark.parametrize("module, name", EXERCISES)
def test_a_verdict_is_the_same_every_time(module, name):
    for sentence in [None, *load(module).named[name].mistakes]:
        tried = attempt(load(module).named[name], sentence)
        said = load(module).verdict(name, tried)
        assert said == load(module).verdict(name, tried)
        assert " at 0x" not in said


def checked(source):
    """The (exercise, variable) of every `check("exercise", variable)` in a cell."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        (call.args[0].value, getattr(call.args[1], "id", None))
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "check" and len(call.args) == 2
    }


def defined(source):
    """The names that a cell defines at its top level."""
    statements = ast.parse(source).body
    targets = [target for s in statements if isinstance(s, ast.Assign) for target in s.targets]
    return {getattr(s, "name", None) for s in statements} | {getattr(t, "id", None) for t in targets}


def code_cells(path):
    return [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_solution_cell_defines_its_solution_and_checks_it(path):
    for cell in filter(is_solution, code_cells(path)):
        pairs = checked(cell.source)
        assert pairs, f"a solution without a check:\n{cell.source}"
        assert all(variable == f"{name}_solution" for name, variable in pairs), cell.source
        assert {variable for _, variable in pairs} <= defined(cell.source), cell.source
        assert cell.metadata.get("jupyter", {}).get("source_hidden"), f"not folded:\n{cell.source}"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_only_solution_cells_use_a_solution(path):
    """The other cells have to run whatever the learner wrote, and read well without the folded ones."""
    for cell in code_cells(path):
        names = {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}
        assert is_solution(cell) or not [name for name in names if name.endswith("_solution")], cell.source


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_exercise_has_a_stub_and_a_solution(path):
    cells = code_cells(path)
    stubs = [name for cell in cells if not is_solution(cell) for name, _ in checked(cell.source)]
    solved = [name for cell in filter(is_solution, cells) for name, _ in checked(cell.source)]
    named = set(load(f"e{path.stem}").named) if f"e{path.stem}" in MODULES else set()
    assert named <= set(stubs) and sorted(solved) == sorted(named)
