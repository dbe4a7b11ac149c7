"""Every exercise of every notebook: the blank stub, the reference and each mistake read as they should."""

import ast
import copy
import importlib
import inspect
import re
import textwrap
from pathlib import Path

import jupytext
import numpy as np
import pytest

import nblib.exercises
from nblib.checks.answer import AnswerExercise
from nblib.checks.attempt import is_blank

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


FUNCTIONS = [(m, name) for m, name in EXERCISES if not isinstance(load(m).named[name], AnswerExercise)]
NAMED = [(m, name) for m, name in FUNCTIONS if load(m).named[name].returns]


def said_of(module, name, change):
    """What is said of the reference with its results changed."""
    exercise = load(module).named[name]
    return load(module).verdict(name, lambda *args: change(exercise.reference(*args))).splitlines()[0]


@pytest.mark.parametrize("module, name", NAMED)
def test_exchanged_and_missing_results_are_named(module, name):
    """By the mechanism, not by a mistake of the exercise, except where that says more."""
    names = load(module).named[name].returns
    wanted = ", ".join(names)
    known = [f"✗ {name}: {sentence}" for sentence in load(module).named[name].mistakes]
    wrong_order = f"✗ {name}: the results are right, but in the wrong order: return {wanted}"
    judged = load(module).named[name].tol is None  # there is nothing to compare with
    assert judged or said_of(module, name, lambda r: r[::-1]) in [wrong_order, *known]
    fewer = said_of(module, name, lambda r: tuple(r)[:-1])
    assert f"return {wanted}" in fewer or fewer in known
    assert said_of(module, name, list).startswith("✓")
    assert said_of(module, name, lambda r: dict(zip(names, r))).startswith("✓")


@pytest.mark.parametrize("module, name", FUNCTIONS)
def test_a_changed_input_is_named(module, name):
    """Whatever is right otherwise: the first array or list among the arguments is spoiled after the call."""
    exercise = load(module).named[name]

    def spoils(*args):
        result = exercise.reference(*args)
        result = list(result) if inspect.isgenerator(result) else copy.deepcopy(result)
        for value in args:
            if isinstance(value, np.ndarray) and value.size and value.flags.writeable:
                value.flat[0] += 1
                return result
            if isinstance(value, list):
                value.append(value[0])
                return result
        return result

    args = exercise._cases[0].args.values()
    said = load(module).verdict(name, spoils).splitlines()[0]
    if any(isinstance(value, (np.ndarray, list)) for value in args):
        assert said.startswith(f"✗ {name}: ") and "it changed its input " in said
    else:
        assert said.startswith("✓")


def function_of(node):
    """What a learner sees of a function from outside: parameters with their defaults, and the docstring."""
    return ast.unparse(node.args), ast.get_docstring(node, clean=False)


def functions_in(cells):
    """The functions that these cells define at their top level, by name."""
    bodies = [ast.parse(cell.source).body for cell in cells]
    return {node.name: node for body in bodies for node in body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("module, name", FUNCTIONS)
def test_stub_solution_and_reference_differ_only_inside_the_body(module, name):
    cells = code_cells(next(path for path in TEXTS if path.stem == module[1:]))
    stubs = functions_in(cell for cell in cells if not is_solution(cell) and (name, name) in checked(cell.source))
    solutions = functions_in(filter(is_solution, cells))
    reference = load(module).named[name].reference
    source = ast.parse(textwrap.dedent(inspect.getsource(reference))).body[0]
    assert reference.__name__ == name
    assert function_of(stubs[name]) == function_of(source)
    assert ast.unparse(solutions[f"{name}_solution"].args) == ast.unparse(source.args)
    assert is_blank(eval_of(stubs[name]))


def eval_of(node):
    """The function that a definition makes."""
    names = {}
    exec(compile(ast.unparse(node), "<stub>", "exec"), names)
    return names[node.name]


@pytest.mark.parametrize("module, name", FUNCTIONS)
def test_the_docstring_of_a_stub_states_what_goes_in_and_comes_out(module, name):
    doc = load(module).named[name].reference.__doc__
    assert "->" in doc
    shaped = [p for p, value in load(module).named[name]._cases[-1].args.items() if isinstance(value, np.ndarray)]
    assert not shaped or re.search(r"\(|shape", doc), f"no shape in: {doc}"


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
