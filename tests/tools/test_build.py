"""notebooks/build.py: what a text becomes, byte for byte, and which texts it refuses, in which words."""

import json
import re
import subprocess
import sys

import build
import nbformat
import pytest
from nbformat.v4 import new_output

GOOD = """\
# ---
# jupyter:
#   kernelspec: {name: python3, display_name: Some other name}
# ---

# %% [markdown]
# # Sums
#
# With $\\alpha$ and `code`.

# %% tags=["concept:sum"]
import sys, warnings
print(1 + 1)
print("again", flush=True)

# %% [markdown]
# ## A widget leaves a picture

# %%
from nblib.widgets import explore, slider

@explore(a=slider("slope a", 0., 2., 1.))
def line(axes, a):
    axes.plot([0, 1], [0, a])
    return f"slope {a}"

line

# %% tags=["solution"] jupyter={"source_hidden": true}
import os
print(os.listdir(), os.environ["NBLIB_STRICT"], hash("text"), sys.executable == os.environ["THIS_PYTHON"])
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text").mkdir()
    return tmp_path


def write(folder, name, text):
    path = folder / "text" / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(text):
    with pytest.raises(build.BuildError) as error:
        build.build(text)
    return str(error.value)


# What is built


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    (folder / "text").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THIS_PYTHON", sys.executable)
        patch.delenv("NBLIB_STRICT")
        build.build(write(folder, "90_sums", GOOD))
        first = (folder / "90_sums.ipynb").read_bytes()
        build.build(folder / "text" / "90_sums.py")
    return folder, first


def test_a_second_build_gives_the_same_bytes(built):
    folder, first = built
    assert (folder / "90_sums.ipynb").read_bytes() == first
    assert first.endswith(b"}\n") and b"\r" not in first


def test_a_built_notebook_is_valid_and_minimal(built):
    notebook = nbformat.reads(built[1].decode(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata == build.METADATA
    assert [cell.metadata for cell in notebook.cells] == [
        {},
        {"tags": ["concept:sum"]},
        {},
        {},
        {"tags": ["solution"], "jupyter": {"source_hidden": True}},
    ]
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, None, 2, 3]
    assert len({cell.id for cell in notebook.cells}) == 5


def test_prints_are_joined_and_a_widget_is_left_as_its_picture(built):
    cells = nbformat.reads(built[1].decode(), as_version=4).cells
    assert [output.text for output in cells[1].outputs] == ["2\nagain\n"]
    assert set(cells[3].outputs[0].data) == {"image/png", "text/plain"}
    assert b"widget" not in built[1].replace(b"nblib.widgets", b"").replace(b"A widget", b"")


def test_a_notebook_runs_strictly_in_an_empty_folder_in_this_python(built):
    """Readers run their copies in another folder, so nothing may lean on the one of the notebook."""
    output = nbformat.reads(built[1].decode(), as_version=4).cells[4].outputs[0].text
    assert re.fullmatch(r"\[\] 1 -?\d+ True\n", output)


def test_only_prints_that_follow_each_other_are_joined():
    def said(text, name="stdout"):
        return new_output("stream", name=name, text=text)

    picture = new_output("display_data", {"image/png": "abc", build.WIDGET_VIEW: {}})
    tidy = build.tidy([said("a"), said("b"), said("c", "stderr"), picture, said("d"), said("e")])
    assert [output.get("text") for output in tidy] == ["ab", "c", None, "de"]
    assert tidy[2].data == {"image/png": "abc"}


def test_a_build_that_is_interrupted_while_writing_leaves_the_old_notebook(folder, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    (folder / "90_a.ipynb").write_text("the old one")
    monkeypatch.setattr(build.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.build(write(folder, "90_a", "# %% [markdown]\n# # A\n"))
    assert (folder / "90_a.ipynb").read_text() == "the old one"
    assert sorted(path.name for path in folder.iterdir()) == ["90_a.ipynb", "text"]


def test_an_inserted_cell_leaves_the_ids_of_all_others_alone(folder):
    one, two, new = "# %%\n1\n\n", "# %%\n2\n\n", "# %% [markdown]\n# new\n\n"
    before = build.read_text(write(folder, "90_a", one + two + one)).cells
    after = build.read_text(write(folder, "90_a", one + new + two + one)).cells
    assert [cell.id for cell in before] == [after[0].id, after[2].id, after[3].id]
    assert len({cell.id for cell in after}) == 4


# What is refused

REFUSED = {
    "a cell that raises": (
        "# %% [markdown]\n# ## Where *it* `breaks`\n\n# %%\nx = 0\n\n# %%\nx = 1\ny = 1 / (x - 1)\n",
        [
            "text/90_bad.py, In [2]",
            'under "Where it breaks"',
            "line 2 `y = 1 / (x - 1)`",
            "ZeroDivisionError: division by zero",
        ],
    ),
    "a mistake in the language": ("# %%\nx = 1\nx = (\n", ["In [1], line 2 `x = (`", "SyntaxError"]),
    "a warning": ("# %%\nimport warnings\nwarnings.warn('old')\n", ["line 2", "UserWarning: old"]),
    "stderr": ("# %%\nimport sys\nprint('oh', file=sys.stderr)\n", ["In [1] writes to stderr: oh"]),
    "an address": ("# %%\nobject()\n", ["In [1] shows 'at 0x", "different at each run"]),
    "a path of this machine": (f"# %%\nprint({str(build.ROOT)!r})\n", ["In [1] shows", "on each machine"]),
    "a crash": ("# %%\nimport os\nos._exit(1)\n", ["In [1] ended the kernel"]),
    "a widget without a picture": (
        "# %%\nimport ipywidgets\nipywidgets.IntSlider()\n",
        ["In [1] shows a widget without a picture"],
    ),
    "a widget that raises": (
        """\
# %%
from nblib.widgets import explore, slider

@explore(a=slider("a", 0., 1., 0.))
def inverse(axes, a):
    return f"{1 / a}"

inverse
""",
        ["In [1]", "ZeroDivisionError"],
    ),
    "an unknown mark": ('# %% tag=["concept:x"]\n1\n', ["90_bad.py, cell 1", "unknown mark tag=['concept:x']"]),
    "an unknown tag": ('# %% tags=["raises-exception"]\n1 / 0\n', ["unknown mark tags=['raises-exception']"]),
    "words after the percent signs": ("# %% Setup\n1\n", ["unknown mark title='Setup'"]),
    "a mark that does not parse": ("# %% tags=[concept\n1\n", ["unknown mark"]),
    "an empty cell": ("# %%\n1\n\n# %%\n", ["cell 2", "a code cell without code"]),
    "an order to nbval": ("# %%\n# NBVAL_IGNORE_OUTPUT\n1\n", ["cell 1", "NBVAL"]),
    "a broken header": (
        "# ---\n# jupyter:\n#   kernelspec: {name: python3}\n# ---\n\n# %%\n1\n",
        ["90_bad.py cannot be read", "display_name"],
    ),
}


@pytest.mark.parametrize("text, words", REFUSED.values(), ids=REFUSED)
def test_a_bad_text_is_refused_in_words_and_the_old_notebook_stays(folder, text, words):
    old = folder / "90_bad.ipynb"
    old.write_text("the old one")
    message = refusal(write(folder, "90_bad", text))
    assert all(word in message for word in words), message
    assert old.read_text() == "the old one"
    assert sorted(path.name for path in folder.iterdir()) == ["90_bad.ipynb", "text"]


def test_a_cell_that_hangs_is_refused(folder, monkeypatch):
    monkeypatch.setattr(build, "PATIENCE", 2)
    message = refusal(write(folder, "90_slow", "# %%\nimport time\n\n# %%\ntime.sleep(60)\n"))
    assert "In [2] did not end within 2 s: does it hang?" in message


BUSY = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n"


def test_a_cell_that_uses_too_much_is_refused_and_waiting_costs_nothing(folder, monkeypatch):
    monkeypatch.setattr(build, "CELL_LIMIT", 0.3)
    message = refusal(write(folder, "90_slow", f"# %%\nimport time; time.sleep(0.6)\n\n# %%\n{BUSY}"))
    assert re.search(r"In \[2\] used \S+ CPU seconds; a cell may use 0.3", message)


def test_a_notebook_that_uses_too_much_is_refused_although_no_cell_does(folder, monkeypatch):
    monkeypatch.setattr(build, "NOTEBOOK_LIMIT", 0.6)
    message = refusal(write(folder, "90_slow", f"# %%\n{BUSY}\n# %%\n{BUSY}"))
    assert "up to In [2]; it may use 0.6 in all" in message


# Text and notebook


def test_a_fresh_notebook_has_no_problems(built):
    assert build.problems(built[0] / "text" / "90_sums.py") == []


TAMPERED = {
    "another source": (lambda n: n.cells[1].update(source="print(3)"), 'In [1] under "Sums" differs'),
    "another tag": (lambda n: n.cells[1].metadata.update(tags=[]), "differs from the text in metadata"),
    "another id": (lambda n: n.cells[0].update(id="abc"), "differs from the text in id"),
    "another kind of cell": (lambda n: n.cells[0].update(cell_type="raw"), "from the text in cell_type"),
    "a cell more": (lambda n: n.cells.append(n.cells[0]), "has 6 cells, its text 5"),
    "a cell less": (lambda n: n.cells.pop(), "has 4 cells, its text 5"),
    "not run": (
        lambda n: n.cells[3].update(execution_count=None, outputs=[]),
        'In [2] under "A widget leaves a picture" was not run in its turn',
    ),
    "run out of turn": (lambda n: n.cells[4].update(execution_count=9), "numbered 9"),
    "saved by JupyterLab": (lambda n: n.metadata.language_info.update(version="3.12"), "metadata"),
    "widget state": (lambda n: n.metadata.update(widgets={}), "metadata"),
    "a widget view": (lambda n: n.cells[3].outputs[0].data.update({build.WIDGET_VIEW: {}}), "shows a widget"),
    "an error": (
        lambda n: n.cells[3].outputs.append(new_output("error", ename="KeyError", evalue="'a'")),
        "raised KeyError: 'a'",
    ),
    "stderr": (
        lambda n: n.cells[3].outputs.append(new_output("stream", name="stderr", text="oh")),
        "writes to stderr: oh",
    ),
}


@pytest.mark.parametrize("tamper, words", TAMPERED.values(), ids=TAMPERED)
def test_a_notebook_that_is_not_what_a_build_leaves_is_found_out(built, folder, tamper, words):
    text = write(folder, "90_sums", GOOD)
    notebook = nbformat.v4.reads(built[1].decode())
    tamper(notebook)
    # Cell ids depend on the notebook's name alone, so the tampered copy is otherwise as built.
    (folder / "90_sums.ipynb").write_text(nbformat.v4.writes(notebook), encoding="utf-8")
    found = build.problems(text)
    assert len(found) == 1 and words in found[0] and found[0].startswith("90_sums.ipynb"), found


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"cells": 3}', "not JSON"])
def test_a_file_that_is_no_notebook_is_a_problem_not_a_traceback(folder, content):
    text = write(folder, "90_a", "# %%\n1\n")
    (folder / "90_a.ipynb").write_text(content)
    found = build.problems(text)
    assert len(found) >= 1 and all("90_a.ipynb" in sentence for sentence in found)


# The command line


def test_only_what_changed_is_built(folder, capsys):
    write(folder, "90_a", "# %% [markdown]\n# # A\n")
    write(folder, "91_b", "# %% [markdown]\n# # B\n")
    assert build.main([], folder) == 0
    assert "90_a" in (shown := capsys.readouterr().out) and "91_b" in shown
    write(folder, "91_b", "# %% [markdown]\n# # C\n")
    assert build.main(["--check"], folder) == 1
    assert "91_b.ipynb" in (shown := capsys.readouterr().out) and "90_a" not in shown
    assert build.main([], folder) == 0
    assert "91_b" in (shown := capsys.readouterr().out) and "90_a" not in shown
    assert build.main(["--check"], folder) == 0
    assert build.main([], folder) == 0
    assert "nothing to build" in capsys.readouterr().out


def test_notebooks_are_chosen_by_number_by_name_or_all(folder, capsys):
    for name in ("90_a", "91_b"):
        write(folder, name, "# %% [markdown]\n# # A\n")
    for arguments, wanted in [(["90"], {"90_a"}), (["91_b.py"], {"91_b"}), (["--all"], {"90_a", "91_b"})]:
        assert build.main(arguments, folder) == 0
        assert set(re.findall(r"9\d_\w", capsys.readouterr().out)) == wanted
    assert build.main(["42"], folder) == 1
    assert "there is no text '42'; there are 90_a, 91_b" in capsys.readouterr().err


def test_one_that_fails_does_not_keep_the_others_from_being_built(folder, capsys):
    write(folder, "90_a", '# %% tag="x"\n1\n')
    write(folder, "91_b", "# %% [markdown]\n# # B\n")
    assert build.main(["--times"], folder) == 1
    shown = capsys.readouterr().out
    assert "not built: 90_a" in shown and (folder / "91_b.ipynb").exists()
    assert "| [91_b](notebooks/91_b.ipynb) | 0 |" in shown and "[90_a]" not in shown


def test_the_script_runs_from_any_folder(tmp_path):
    done = subprocess.run([sys.executable, build.HERE / "build.py", "42"], cwd=tmp_path, text=True, capture_output=True)
    assert done.returncode == 1 and "there is no text '42'" in done.stderr


def test_headings_in_code_blocks_are_no_headings():
    prose = "# One\n```python\n# not one\n```\ntext\n## Two *words* `x` [a](b) ##\n#no"
    cells = [{"cell_type": "markdown", "source": prose}, {"cell_type": "code", "source": "# not one either"}]
    assert list(build.headings(cells)) == [(0, 1, "One"), (0, 2, "Two words x a")]
    assert build.place(cells, 1) == 'In [1] under "Two words x a"'


def test_the_list_of_concept_ids_is_complete():
    ids = json.loads((build.HERE / "concept_ids.json").read_text())
    assert sorted(ids) == [f"{number:02}" for number in range(19)]
    every = [key for keys in ids.values() for key in keys]
    assert len(every) == len(set(every)) == 380
    assert all(build.TAG.fullmatch(f"concept:{key}") for key in every)
