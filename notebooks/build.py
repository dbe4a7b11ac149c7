"""Builds the notebooks: text/NN_topic.py (what people edit) -> NN_topic.ipynb (executed, what readers open).

    python notebooks/build.py             those whose notebook does not hold what their text says
    python notebooks/build.py 01 03       these, whatever they hold
    python notebooks/build.py --all       all of them, as after a change in nblib
    python notebooks/build.py --check     build nothing; say which are out of date and why
    python notebooks/build.py --times …   also print the CPU seconds as a table for the README

A second build gives the same bytes. A notebook that cannot be built leaves the one there was in place.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import zip_longest
from pathlib import Path

import jupytext
import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbval_kernel import cpu_seconds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CELL_LIMIT, NOTEBOOK_LIMIT = 20, 60  # CPU seconds of the kernel: they do not depend on the load
PATIENCE = 10 * CELL_LIMIT  # wall seconds after which a cell counts as hanging

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
TAG = re.compile(r"solution|proof|concept:[a-z0-9-]+")
FOLDS = {"source_hidden", "outputs_hidden"}  # what a reader opens: a drawing, an answer to a prediction
READER_NOTES = {"cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker"}  # jupytext's own
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
UNSTABLE = re.compile(rf"\bat 0x[0-9a-fA-F]{{6,}}|\bipykernel_\d+|{re.escape(str(ROOT))}")
ANSI = re.compile(r"(?:\x1b|#x1B)\[[0-9;]*m")  # colours; as they are, and as XML spells them


class BuildError(Exception):
    """A text that does not become a notebook; the message says where and why."""


# Reading the text ---------------------------------------------------------------------------------


def notebook_of(text):
    """notebooks/text/NN_topic.py -> notebooks/NN_topic.ipynb."""
    return text.parent.parent / f"{text.stem}.ipynb"


def text_of(notebook):
    """notebooks/NN_topic.ipynb -> notebooks/text/NN_topic.py."""
    return notebook.parent / "text" / f"{notebook.stem}.py"


def read_text(text):
    """The notebook that `text` describes, not yet executed; BuildError when it does not describe one."""
    try:
        parsed = jupytext.reads(text.read_text(encoding="utf-8"), fmt="py:percent")
    except Exception as error:
        raise BuildError(f"{text.name} cannot be read as a py:percent text: {error}") from None
    copies, cells = Counter(), []
    for number, cell in enumerate(parsed.cells, 1):
        copies[cell.cell_type, cell.source] += 1
        cells.append(
            _cell(
                cell,
                f"{text.stem}/{copies[cell.cell_type, cell.source]}",
                f"{text.name}, cell {number} ({_first_line(cell.source)!r})",
            )
        )
    return nbformat.from_dict({"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})


def _cell(cell, salt, where):
    """`cell` with nothing in it that another reading of the same text could change."""
    # The id follows from the content, so that an inserted cell leaves the ids of all others alone.
    name = f"{salt}/{cell.cell_type}/{cell.source}"
    clean = {
        "cell_type": cell.cell_type,
        "id": hashlib.sha256(name.encode()).hexdigest()[:12],
        "metadata": _marks(cell.metadata, where),
        "source": cell.source,
    }
    if cell.cell_type == "code":
        _check_code(cell.source, where)
        clean |= {"execution_count": None, "outputs": []}
    return clean


def _marks(metadata, where):
    """The metadata that is kept: tags, and whether the source is folded."""
    marks = {key: value for key, value in metadata.items() if key not in READER_NOTES}
    for key, value in marks.items():
        if key == "tags" and isinstance(value, list) and all(TAG.fullmatch(str(tag)) for tag in value):
            continue
        if (
            key == "jupyter"
            and value
            and all(value.get(fold, True) is True for fold in FOLDS)
            and not value.keys() - FOLDS
        ):
            continue
        raise BuildError(
            f'{where}: unknown mark {key}={value!r}; wanted tags=["concept:ID"], ["solution"] or '
            '["proof"], jupyter={"source_hidden": true} (or outputs_hidden), and nothing else'
        )
    return marks


def _check_code(source, where):
    if not source.strip():
        raise BuildError(f"{where}: a code cell without code")
    if "NBVAL_" in source:
        raise BuildError(f"{where}: an NBVAL comment, which would switch the validation of this cell off")


def _first_line(source):
    return source.strip().partition("\n")[0][:60]


# Naming a place in a notebook ---------------------------------------------------------------------


def headings(cells):
    """(index of the cell, level, words) of every heading, in order; code blocks do not count."""
    for index, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            prose = re.sub(r"^ *(```|~~~).*?^ *\1", "", cell["source"], flags=re.DOTALL | re.MULTILINE)
            for marks, words in re.findall(r"^(#{1,6}) +(.+?)(?: +#+)? *$", prose, flags=re.MULTILINE):
                yield index, len(marks), re.sub(r"[*`]|\[([^]]*)\]\([^)]*\)", r"\1", words)


def place(cells, index):
    """Where cell `index` is, as a reader finds it: In [7] under "ReLU units can die"."""
    above = [words for at, _, words in headings(cells) if at <= index]
    if cells[index]["cell_type"] == "code":
        name = f"In [{sum(cell['cell_type'] == 'code' for cell in cells[: index + 1])}]"
    else:
        name = f"cell {index + 1} ({cells[index]['cell_type']})"
    return f'{name} under "{above[-1]}"' if above else name


# Executing ----------------------------------------------------------------------------------------


def kernel_environment():
    """The surroundings of every kernel: strict, one thread, no GPU, deaf to the user's own settings."""
    own = ROOT / ".build"
    folders = {
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
        "JUPYTER_CONFIG_DIR": "jupyter/config",
        "JUPYTER_DATA_DIR": "jupyter/data",
        "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    }
    users = {"PYTEST_ADDOPTS", "PYTHONSTARTUP", "MPLBACKEND", "MATPLOTLIBRC", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH"}
    return {
        **{name: value for name, value in os.environ.items() if name not in users},
        **{name: str(own / folder) for name, folder in folders.items()},
        "NBLIB_STRICT": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }


def prepare_fonts(environment):
    """Let matplotlib list its fonts now: while it does so the first time, it writes to stderr."""
    if not any(Path(environment["MPLCONFIGDIR"]).glob("fontlist*.json")):
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            env=environment,
            check=True,
            stderr=subprocess.DEVNULL,
        )


class ThisPython(KernelSpecManager):
    """Every kernel runs in the interpreter that builds, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name):
        """The kernel of this Python, under any name."""
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


def execute(notebook):
    """Run all code cells in a fresh kernel and keep their outputs; the CPU seconds of each, by its index.

    Raises BuildError when a cell raises, writes to stderr, takes too long or shows what changes at each run.
    """
    environment, seconds = kernel_environment(), {}
    prepare_fonts(environment)
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_spec_manager=ThisPython()),
        timeout=PATIENCE,
        iopub_timeout=PATIENCE,
        raise_on_iopub_timeout=True,
        shutdown_kernel="immediate",
        record_timing=False,
        store_widget_state=False,
    )
    # An empty folder to run in: readers run their copies elsewhere, so nothing may lean on this one.
    with (
        tempfile.TemporaryDirectory() as empty,
        client.setup_kernel(env=environment, cwd=empty, stderr=subprocess.DEVNULL, cleanup_kc=True),
    ):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                seconds[index] = _run(client, notebook.cells, index)
                _check_total(seconds, place(notebook.cells, index))
    return seconds


def _run(client, cells, index):
    pid = client.km.provisioner.pid
    before = cpu_seconds(pid)
    try:
        client.execute_cell(cells[index], index)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise BuildError(f"{place(cells, index)}{_in_words(error, cells, index)}") from None
    seconds = cpu_seconds(pid) - before
    if seconds > CELL_LIMIT:
        raise BuildError(f"{place(cells, index)} used {seconds:.0f} CPU seconds; a cell may use {CELL_LIMIT}")
    cells[index].outputs = tidy(cells[index].outputs)
    for output in cells[index].outputs:
        if wrong := complaint(output):
            raise BuildError(f"{place(cells, index)} {wrong}")
    return seconds


def _in_words(error, cells, index):
    if isinstance(error, CellTimeoutError):
        return f" did not end within {PATIENCE} s: does it hang?"
    if isinstance(error, DeadKernelError):
        return " ended the kernel: a crash, an exit, or too little memory"
    trace = ANSI.sub("", error.traceback)
    count = sum(cell.cell_type == "code" for cell in cells[: index + 1])
    line = re.search(rf"Cell In\[{count}\], line (\d+)", trace)
    number = int(line[1]) if line else 1
    source = cells[index].source.splitlines()[number - 1].strip()
    shown = trace.partition("-" * 40)[2].lstrip("-\n") or trace
    return f", line {number} `{source}`: {error.ename}: {ANSI.sub('', error.evalue)}\n\n{shown.strip()}\n"


def _check_total(seconds, where):
    if sum(seconds.values()) > NOTEBOOK_LIMIT:
        raise BuildError(
            f"the notebook used {sum(seconds.values()):.0f} CPU seconds up to {where}; "
            f"it may use {NOTEBOOK_LIMIT} in all"
        )


# Outputs ------------------------------------------------------------------------------------------


def tidy(outputs):
    """`outputs` with prints that follow each other joined, and widgets replaced by their picture."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last["text"] += output.text
        else:
            joined.append(output)
    for output in joined:
        if "image/png" in output.get("data", {}):
            output.data.pop(WIDGET_VIEW, None)
    return joined


def complaint(output):
    """What is wrong with an output that must not be in a notebook, as a clause; None when it may stay."""
    if output.output_type == "error":
        return f"raised {output.ename}: {output.evalue}"
    if output.output_type == "stream" and output.name == "stderr":
        return f"writes to stderr: {output.text.strip()}"
    if WIDGET_VIEW in output.get("data", {}):
        return "shows a widget without a picture for readers who have no kernel"
    for text in [output.get("text", ""), *output.get("data", {}).values()]:
        if found := UNSTABLE.search(str(text)):
            return f"shows {found[0]!r}, which is different at each run or on each machine"
    return None


# Text and notebook --------------------------------------------------------------------------------


def read_notebook(path):
    """The notebook at `path`, exactly as it is stored; BuildError when it cannot be read."""
    try:
        return nbformat.v4.reads(path.read_text(encoding="utf-8"))
    except Exception as error:
        raise BuildError(f"{path.name} cannot be read as a notebook: {error}") from None


def problems(text):
    """Why the notebook of `text` is not what a build would leave, in sentences; empty when it is.

    Whether its outputs are still right is not asked here: that takes a run (`validate.py`).
    """
    path = notebook_of(text)
    if not path.exists():
        return [f"{path.name} does not exist: it was never built"]
    try:
        wanted, found = read_text(text), read_notebook(path)
    except BuildError as error:
        return [str(error)]
    sentences = [*_differences(wanted, found), *_not_run(found.cells)]
    return [f"{path.name}: {sentence}" for sentence in sentences]


def _differences(wanted, found):
    if found.metadata != wanted.metadata:
        yield "its metadata are not those of a build (opened and saved in JupyterLab?)"
    for index, (ours, theirs) in enumerate(zip_longest(wanted.cells, found.cells)):
        if ours is None or theirs is None:
            yield f"has {len(found.cells)} cells, its text {len(wanted.cells)}"
        elif different := sorted(
            key for key in {*ours, *theirs} - {"outputs", "execution_count"} if ours.get(key) != theirs.get(key)
        ):
            yield f"{place(found.cells, index)} differs from the text in {' and '.join(different)}"
            return  # after an inserted cell all others differ too


def _not_run(cells):
    for count, (index, cell) in enumerate(((i, c) for i, c in enumerate(cells) if c.cell_type == "code"), 1):
        if cell.execution_count != count:
            yield f"{place(cells, index)} was not run in its turn: it is numbered {cell.execution_count}"
        for wrong in filter(None, map(complaint, cell.outputs)):
            yield f"{place(cells, index)} {wrong}"


# Building -----------------------------------------------------------------------------------------


def build(text):
    """Execute `text` and write its notebook, all or nothing; it, and its cells' seconds by index."""
    notebook = read_text(text)
    try:
        seconds = execute(notebook)
    except BuildError as error:
        raise BuildError(f"text/{text.name}, {error}") from None
    _write(notebook_of(text), nbformat.v4.writes(notebook) + "\n")
    return notebook, seconds


def _write(path, content):
    half = path.with_suffix(".part")
    try:
        half.write_text(content, encoding="utf-8", newline="\n")
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def select(folder, names, everything=False):
    """The texts to build: those named (by number or by name), all, or those with problems."""
    texts = sorted((folder / "text").glob("[0-9][0-9]_*.py"))
    for name in names:
        if not any(_is_called(text, name) for text in texts):
            there = ", ".join(text.stem for text in texts) or "none"
            raise BuildError(f"there is no text {name!r}; there are {there}")
    if names:
        return [text for text in texts if any(_is_called(text, name) for name in names)]
    return texts if everything else [text for text in texts if problems(text)]


def _is_called(text, name):
    return Path(name).stem in (text.stem, text.stem[:2])


def main(arguments=None, folder=HERE):
    """The command line; 0 when all went well, 1 when something did not."""
    parser = argparse.ArgumentParser(description="Build the notebooks from their texts.")
    parser.add_argument("names", nargs="*", metavar="NN", help="notebooks to build, by number or name")
    parser.add_argument("--all", action="store_true", help="build all, changed or not")
    parser.add_argument("--check", action="store_true", help="build nothing; say what is out of date")
    parser.add_argument("--times", action="store_true", help="print a table of CPU seconds for the README")
    options = parser.parse_args(arguments)
    try:
        texts = select(folder, options.names, options.all or options.check)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return _check(texts) if options.check else _build_all(texts, options.times)


def _check(texts):
    wrong = [sentence for text in texts for sentence in problems(text)]
    print("\n".join(wrong) or f"{len(texts)} notebooks agree with their texts, every cell was run")
    return 1 if wrong else 0


def _build_all(texts, times):
    table, failed = [], []
    for number, text in enumerate(texts, 1):
        print(f"[{number}/{len(texts)}] {text.stem} …", end=" ", flush=True)
        try:
            notebook, seconds = build(text)
            print(_report(notebook.cells, seconds), flush=True)
            table.append((text.stem, sum(seconds.values())))
        except BuildError as error:
            print(f"not built\n\n{error}\n", flush=True)
            failed.append(text.stem)
    done = f"{len(texts)} built" if texts else "nothing to build: every notebook agrees with its text"
    print(f"not built: {', '.join(failed)}" if failed else done)
    if times:
        print(_times_table(table))
    return 1 if failed else 0


def _report(cells, seconds):
    if not seconds:
        return "no code"
    slowest = max(seconds, key=seconds.get)
    return (
        f"{sum(seconds.values()):.1f} of {NOTEBOOK_LIMIT} CPU seconds; "
        f"most, {seconds[slowest]:.1f}, in {place(cells, slowest)}"
    )


def _times_table(rows):
    return "\n".join(
        [
            "| notebook | CPU seconds |",
            "|---|---|",
            *(f"| [{name}](notebooks/{name}.ipynb) | {seconds:.0f} |" for name, seconds in rows),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
