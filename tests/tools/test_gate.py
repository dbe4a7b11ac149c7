"""The gate goes red: notebooks with one planted fault each, and what notebooks/validate.py says of them."""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import build
import nbformat
import pytest
import validate
from nbformat.v4 import new_output

WIDGET = """\
# %%
from nblib.widgets import explore, slider

@explore(a=slider("a", 0., 1., 0.))
def inverse(axes, a):
    return f"{1 / a}"

inverse
"""
PRINTED = new_output("stream", text="2\n")
PICTURE = new_output("execute_result", {"text/plain": "inverse(a=0)"})

# name -> (text, the outputs stored with its last cell, which check objects, in which words)
AGREEMENT, INDEX, RERUN = "text and notebook", "links, concept index", "run again"
PLANTED = {
    "91_wrong_output": ("# %%\nprint(1 + 2)\n", [PRINTED], RERUN, ["In [1]: Cell outputs differ", "stdout", "2", "3"]),
    "92_not_run": ("# %%\nprint(1 + 1)\n", [PRINTED], AGREEMENT, ["In [1] was not run in its turn"]),
    "93_differs": ("# %%\nprint(1 + 1)\n", [PRINTED], AGREEMENT, ["In [1] differs from the text in id and source"]),
    "94_no_tag": (
        "# %% [markdown]\n# # Sums\n\n# %%\nprint(1 + 1)\n",
        [PRINTED],
        INDEX,
        ["no cell that was run carries the tag concept:sum in 94_no_tag.ipynb"],
    ),
    "95_widget_raises": (WIDGET, [PICTURE], RERUN, ["In [1]: Cell execution caused an exception", "ZeroDivisionError"]),
    "96_stderr": (
        "# %%\nimport sys\nprint(1 + 1)\nprint('oh', file=sys.stderr)\n",
        [PRINTED],
        RERUN,
        ["In [1]: Cell outputs differ", "Unexpected output", "stderr"],
    ),
    "97_slow": ("# %%\nimport time\ntime.sleep(60)\n", [], RERUN, ["In [1]: Timeout of 10 seconds exceeded"]),
    "98_no_assert": (
        "# %% [markdown]\n# # Sums\n\n# %%\nprint(1 + 1)\n",
        [PRINTED],
        INDEX,
        ["no cell that was run asserts anything in 98_no_assert.ipynb"],
    ),
    "99_dead_link": (
        "# %% [markdown]\n# [there](90_good.ipynb#Sums) [here](90_good.ipynb#Products)\n\n# %%\nprint(1 + 1)\n",
        [PRINTED],
        INDEX,
        ["the link to 90_good.ipynb#Products leads nowhere"],
    ),
}
GOOD = '# %% [markdown]\n# # Sums\n\n# %% tags=["concept:add"]\nassert 1 + 1 == 2\nprint(1 + 1)\n'


def plant(folder, name, text, outputs):
    """A text and a notebook that looks as if it had been run, with `outputs` under its last cell."""
    path = folder / "text" / f"{name}.py"
    path.write_text(text)
    notebook = build.read_text(path)
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    notebook.cells[-1].outputs = [nbformat.from_dict(output) for output in outputs]
    build.notebook_of(path).write_text(nbformat.v4.writes(notebook) + "\n")


def tamper(path, change):
    """Apply `change` to the last cell of a notebook."""
    notebook = nbformat.v4.reads(path.read_text())
    change(notebook.cells[-1])
    path.write_text(nbformat.v4.writes(notebook) + "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small course: one good notebook, and one for each fault."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "text").mkdir()
    (folder / "text" / "90_good.py").write_text(GOOD)
    build.build(folder / "text" / "90_good.py")
    for name, (text, outputs, *_) in PLANTED.items():
        plant(folder, name, text, outputs)
    tamper(folder / "92_not_run.ipynb", lambda cell: cell.update(execution_count=None, outputs=[]))
    (folder / "text" / "93_differs.py").write_text("# %%\nprint(2 + 0)\n")
    (folder / "concepts.md").write_text(
        "| id | concept | shown in |\n|---|---|---|\n| `add` | to add | [sums](90_good.ipynb#Sums) |\n"
        "| `sum` | a sum | [sums](94_no_tag.ipynb#Sums) |\n"
    )
    (folder / "errata.md").write_text(
        "| document | claim | correct | proved in |\n|---|---|---|---|\n"
        "| A | 1 + 1 = 3 | 2 | [sums](90_good.ipynb#Sums) |\n"
        "| A | 1 + 1 = 4 | 2 | [sums](98_no_assert.ipynb#Sums) |\n"
    )
    return folder


def run(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, build.HERE / "validate.py", *map(str, arguments)],
        text=True,
        capture_output=True,
        env={**build.kernel_environment(), **environment},
    )
    assert not done.stderr
    return done


@pytest.fixture(scope="module")
def verdict(folder):
    """{check: [what it objects to, …]} of one run over the whole folder, which has to fail."""
    done = run("--quick", "--patience", "10", *sorted(folder.glob("*.ipynb")))
    assert done.returncode == 1
    assert done.stdout.endswith("10 notebooks: 3 of 3 checks failed\n")
    checks = {}
    for block in done.stdout.split("FAILED  ")[1:]:
        name, *sentences = block.split("\n  - ")
        checks[name] = sentences
    return checks


@pytest.mark.parametrize("name", PLANTED)
def test_each_fault_is_found_by_the_check_for_it_and_by_no_other(verdict, name):
    *_, check, words = PLANTED[name]
    found = [
        (where, sentence)
        for where, sentences in verdict.items()
        for sentence in sentences
        if f"{name}.ipynb" in sentence
    ]
    assert len(found) == 1, found
    where, sentence = found[0]
    assert where.startswith(check)
    assert all(word in sentence for word in words), sentence


def test_the_good_notebook_among_them_is_not_accused(verdict):
    accused = [s for sentences in verdict.values() for s in sentences if s.startswith("90_good")]
    assert not accused


def test_a_good_notebook_passes_all_checks(folder):
    done = run(folder / "90_good.ipynb")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("ok    ") == 4 and "1 notebooks: all is well" in done.stdout


def test_nothing_to_validate_is_a_failure(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(validate, "HERE", tmp_path)
    assert validate.main([]) == 1
    assert "no notebooks found" in capsys.readouterr().out


def test_a_text_that_was_never_built_is_a_failure(monkeypatch, tmp_path, capsys):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "90_new.py").write_text("# %%\n1\n")
    monkeypatch.setattr(validate, "HERE", tmp_path)
    assert validate.main([]) == 1
    assert "90_new.ipynb does not exist: it was never built" in capsys.readouterr().out


def test_a_notebook_without_a_text_or_that_cannot_be_read_is_a_failure(tmp_path):
    (tmp_path / "90_stray.ipynb").write_text("{}")
    assert validate.agreement([tmp_path / "90_stray.ipynb"]) == ["90_stray.ipynb has no text/90_stray.py to build from"]
    assert not validate.is_readable(tmp_path / "90_stray.ipynb")
    assert validate.main([str(tmp_path / "90_stray.ipynb")]) == 1


def used(seconds, file="90_good.ipynb"):
    """nbval's report on the only cell of a notebook."""
    case = ElementTree.Element("testcase", file=file, name="Cell 0", time="0")
    properties = ElementTree.SubElement(case, "properties")
    ElementTree.SubElement(properties, "property", name="cpu_seconds", value=str(seconds))
    return case


def test_a_cell_and_a_notebook_over_their_budgets_are_failures(folder):
    path = folder / "90_good.ipynb"
    assert validate._judge(path, folder, [used(61)], 1) == [
        '90_good.ipynb, In [1] under "Sums" used 61 CPU seconds; it may use 20',
        "90_good.ipynb used 61 CPU seconds; it may use 60",
    ]
    assert len(validate._judge(path, folder, [used(21)], 1)) == 1
    assert validate._judge(path, folder, [used(19)], 1) == validate._judge(path, folder, [used(59)], 3) == []


def test_the_report_has_the_cpu_seconds_of_the_kernel(folder, monkeypatch):
    """Computing counts, waiting does not."""
    seen = {}
    monkeypatch.setattr(
        validate,
        "_judge",
        lambda path, root, cases, stretch: (
            seen.update({case.get("name"): validate._cpu_seconds(case) for case in cases}) or []
        ),
    )
    busy = "import time\nend = time.process_time() + 1\nwhile time.process_time() < end: pass\n"
    plant(folder, "89_busy", f"# %%\nimport time\ntime.sleep(1)\n\n# %%\n{busy}", [])
    try:
        validate.rerun([folder / "89_busy.ipynb"])
    finally:
        (folder / "89_busy.ipynb").unlink()
        (folder / "text" / "89_busy.py").unlink()
    assert seen["Cell 0"] < 0.5 and 0.9 < seen["Cell 1"] < 2


TESTS = """
from notebook_runner import drive, widgets_of


def test_it_is_the_widget_that_the_notebook_made():
    line = widgets_of("{name}")["line"]
    assert line.values == {{"a": {value}}}
    drive(line)
"""
LINE = """\
# %%
from nblib.widgets import explore, slider

@explore(a=slider("a", 0., 1., 0.))
def line(axes, a):
    return f"a is {a:.1f}"

line.controls["a"].value = 0.5
"""


@pytest.mark.parametrize("value, passes", [(0.5, True), (0.25, False)])
def test_widget_tests_run_in_the_kernel_that_ran_the_cells(folder, monkeypatch, tmp_path, value, passes):
    """The text is taken away first, so that it cannot be executed a second time."""
    plant(folder, "88_line", LINE, [])
    (tmp_path / "test_widgets_88.py").write_text(TESTS.format(name="88_line", value=value))
    (folder / "text" / "88_line.py").unlink()
    monkeypatch.setattr(validate, "WIDGET_TESTS", tmp_path)
    sentences = validate.rerun([folder / "88_line.ipynb"])
    (folder / "88_line.ipynb").unlink()
    assert (sentences == []) is passes
    assert passes or "widgets: the tests of the widgets failed" in sentences[0] and "0.25" in sentences[0]


@pytest.mark.parametrize("remark", [None, "skipped"])
def test_a_cell_that_nbval_left_out_is_a_failure(folder, remark):
    """Outside its root folder nbval gives the cells of two notebooks the same names, and runs one of them."""
    file = "90_good.ipynb" if remark else "other.ipynb"
    case = ElementTree.Element("testcase", file=file, name="Cell 0", time="0")
    case.extend([ElementTree.Element(remark)] if remark else [])
    [sentence] = validate._judge(folder / "90_good.ipynb", folder, [case], 1)
    assert sentence == '90_good.ipynb, In [1] under "Sums" was left out by nbval'


def test_nbval_that_does_not_even_start_is_a_failure(folder, monkeypatch):
    monkeypatch.setattr(validate, "ROOT", Path("/nowhere"))
    sentences = validate.rerun([folder / "90_good.ipynb"])
    assert any(sentence.startswith("nbval ended with exit code") for sentence in sentences)


def test_the_other_cpu_computes_differently_and_says_nothing():
    """Other rounding in NumPy's functions and in its linear algebra, and no warning about the settings."""
    program = (
        "import numpy as np\nrng = np.random.default_rng(0)\na = rng.normal(size=(300, 300))\n"
        "print(np.exp(a).sum().hex(), (a @ a).sum().hex(), np.linalg.svd(a)[1].sum().hex())"
    )

    def numbers(environment):
        done = subprocess.run([sys.executable, "-c", program], env=environment, text=True, capture_output=True)
        assert not done.stderr
        return done.stdout.split()

    here = numbers(build.kernel_environment())
    there = numbers(build.kernel_environment() | validate.another_cpu())
    assert len(here) == len(there) == 3 and here != there
    assert all(abs(float.fromhex(h) / float.fromhex(t) - 1) < 1e-9 for h, t in zip(here, there))
