"""Validates the notebooks: everything a reader relies on, checked by running it again.

    python notebooks/validate.py              the whole course
    python notebooks/validate.py PATHS…       these notebooks (.ipynb)
    python notebooks/validate.py --quick …    without the second run, which stands in for another CPU
    python notebooks/validate.py --patience S …    wall seconds after which a cell counts as hanging (200)

1. Text and notebook hold the same cells, and every cell was run.
2. Links resolve; the concept index, the tags and the headings agree; errata are proved by an `assert`.
3. Strict nbval: every cell is run again, warnings are errors, and what it prints has to be the same. Then, in the
   same kernel, the tests of the notebook's widgets (tests/notebooks/test_widgets_NN.py).
4. The cells once more on other code paths of NumPy, OpenBLAS and PyTorch, as on an older CPU.

Ends with exit code 1 when anything fails.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from build import (
    ANSI,
    CELL_LIMIT,
    HERE,
    NOTEBOOK_LIMIT,
    PATIENCE,
    ROOT,
    BuildError,
    headings,
    kernel_environment,
    notebook_of,
    place,
    prepare_fonts,
    problems,
    read_notebook,
    text_of,
)

CONCEPT_IDS = json.loads((HERE / "concept_ids.json").read_text(encoding="utf-8"))
CONCEPT_ROW = re.compile(r"`([a-z0-9-]+)` \| [^|]+ \| \[[^]]+\]\(([^)#]+)#([^)]+)\)")
ERRATUM_ROW = re.compile(r"[^|]+ \| .+ \| .+ \| \[[^]]+\]\(([^)#]+)#([^)]+)\)")
SLOWER = 3  # the other CPU may use this many times the seconds
WIDGET_TESTS = ROOT / "tests" / "notebooks"


# Text and notebook --------------------------------------------------------------------------------


def agreement(notebooks):
    """What keeps `notebooks` from being what a build of their texts would leave, in sentences."""
    wrong = []
    for path in notebooks:
        text = text_of(path)
        wrong += problems(text) if text.exists() else [f"{path.name} has no text/{text.name} to build from"]
    return wrong


# Index pages and links ----------------------------------------------------------------------------


def anchors(cells):
    """The name that a link uses for each heading: its words with spaces as '-', as JupyterLab does it."""
    return [words.replace(" ", "-") for _, _, words in headings(cells)]


def section(cells, anchor):
    """The cells from a heading up to the next of its level or above; None when there is no such heading."""
    heads = list(headings(cells))
    for number, (start, level, words) in enumerate(heads):
        if words.replace(" ", "-") == anchor:
            end = next((at for at, other, _ in heads[number + 1 :] if other <= level), len(cells))
            return cells[start:end]
    return None


def tags(cells):
    """The concept ids that executed code cells among `cells` carry."""
    run = [cell for cell in cells if cell["cell_type"] == "code" and cell.execution_count]
    return {
        tag.removeprefix("concept:")
        for cell in run
        for tag in cell.metadata.get("tags", [])
        if tag.startswith("concept:")
    }


def index_pages(notebooks):
    """What is wrong with the concept index, the errata and the links of `notebooks`, in sentences."""
    wrong = []
    for folder in sorted({path.parent for path in notebooks}):
        books = {path.name: read_notebook(path).cells for path in notebooks if path.parent == folder}
        wrong += concepts(folder / "concepts.md", books) + errata(folder / "errata.md", books)
        wrong += [sentence for name, cells in books.items() for sentence in dead_links(folder / name, cells)]
    return wrong


def concepts(page, books, required=CONCEPT_IDS):
    """What is wrong between the rows of the concept index and `books` (file name -> cells).

    Every concept that a notebook is to teach, and every tag, has a row; every row leads to a section with an
    executed cell that carries its tag.
    """
    rows, wrong = _rows(page, CONCEPT_ROW, "| `id` | name in words | [section](NN_topic.ipynb#Heading) |")
    rows = [row for row in rows if row[1] in books or not (page.parent / row[1]).exists()]
    counts = Counter(key for key, *_ in rows)
    wrong += [f"{page.name}: `{key}` has {count} rows" for key, count in counts.items() if count > 1]
    for key, name, anchor in rows:
        cells = _linked(page, books, name, anchor, wrong)
        if cells is not None and key not in tags(cells):
            wrong.append(
                f'{page.name}: no cell that was run carries the tag concept:{key} in {name}, section "{anchor}"'
            )
    for name, cells in books.items():
        there = {key for key, home, _ in rows if home == name}
        for key in sorted({*required.get(name[:2], []), *tags(cells)} - there):
            wrong.append(f"{page.name}: `{key}` of {name} has no row")
    return wrong


def errata(page, books):
    """What is wrong between the errata and `books`: each leads to a section with an executed `assert`."""
    rows, wrong = _rows(page, ERRATUM_ROW, "| document | claim | correct | [cell](NN_topic.ipynb#Heading) |")
    for name, anchor in rows:
        if name not in books and (page.parent / name).exists():
            continue  # a notebook that is not being validated now
        cells = _linked(page, books, name, anchor, wrong)
        if cells is not None and not any(_asserts(cell) for cell in cells):
            wrong.append(f'{page.name}: no cell that was run asserts anything in {name}, section "{anchor}"')
    return wrong


def dead_links(path, cells):
    """The links in the prose of a notebook that lead nowhere, in sentences; the web is not asked."""
    wrong = []
    for index, cell in enumerate(cells):
        prose = re.sub(r"```.*?```|`[^`\n]*`|\$[^$]*\$", "", cell["source"], flags=re.DOTALL)
        targets = re.findall(r"\]\(<?([^)>\s]+)", prose) if cell["cell_type"] == "markdown" else []
        wrong += [
            f"{path.name}, {place(cells, index)}: the link to {target} leads nowhere"
            for target in targets
            if not _resolves(target, path, cells)
        ]
    return wrong


def _resolves(target, path, cells):
    if re.match(r"[a-z]+:", target):  # https: and the like; attachment:
        return True
    name, _, anchor = unquote(target).partition("#")
    other = path.parent / name if name else path
    if not other.exists() or not anchor or other.suffix != ".ipynb":
        return other.exists()
    return anchor in anchors(cells if other == path else read_notebook(other).cells)


def _rows(page, pattern, wanted):
    """(the groups of `pattern` in each row of the page's table, sentences about rows that do not fit)."""
    if not page.exists():
        return [], [f"{page.name} does not exist"]
    lines = [line.strip() for line in page.read_text(encoding="utf-8").splitlines()]
    lines = [line.strip("| ") for line in lines if line.startswith("|")][2:]  # below the table's head
    found = [(line, pattern.fullmatch(line)) for line in lines]
    wrong = [f"{page.name}: wanted a row {wanted}, got | {line} |" for line, match in found if not match]
    return [tuple(map(unquote, match.groups())) for _, match in found if match], wrong


def _linked(page, books, name, anchor, wrong):
    """The section that a row links to; None, and a sentence appended to `wrong`, when there is none."""
    cells = section(books[name], anchor) if name in books else None
    if cells is None:
        wrong.append(f"{page.name}: the link to {name}#{anchor} leads nowhere")
    elif anchors(books[name]).count(anchor) > 1:
        wrong.append(f"{page.name}: {name} has several headings {anchor}: the link is ambiguous")
    return cells


def _asserts(cell):
    return (
        cell["cell_type"] == "code"
        and cell.execution_count
        and re.search(r"^\s*assert\b", cell.source, flags=re.MULTILINE)
    )


# Running everything again -------------------------------------------------------------------------


def rerun(notebooks, other_cpu=False, patience=PATIENCE):
    """Strict nbval: the cells that raise, show something else than is stored or use too much; then the widgets."""
    environment = kernel_environment() | (another_cpu() if other_cpu else {})
    prepare_fonts(environment)
    stretch = SLOWER if other_cpu else 1
    widgets = [] if other_cpu else ["--widget-tests", WIDGET_TESTS]
    # nbval names a cell by its path under rootdir: outside of it the cells of two notebooks share names.
    root = os.path.commonpath([path.parent for path in notebooks])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            ROOT / "pyproject.toml",
            "--rootdir",
            root,
            "--nbval",
            "--nbval-current-env",
            "--nbval-cell-timeout",
            patience * stretch,
            "-p",
            "nbval_kernel",
            *widgets,
            "-p",
            "no:cacheprovider",
            "-n",
            2 if len(notebooks) > 1 else 0,
            "--dist",
            "loadscope",
            "--color=no",
            "--junitxml",
            report,
            "-o",
            "junit_family=xunit1",
            *notebooks,
        ]
        environment["PYTHONPATH"] = str(HERE)  # where nbval_kernel is
        done = subprocess.run(
            [str(part) for part in command],
            env=environment,
            cwd=root,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    wrong = [sentence for path in notebooks for sentence in _judge(path, root, cases, stretch)]
    if done.returncode and not any(case.find("failure") is not None for case in cases):
        wrong.append(f"nbval ended with exit code {done.returncode}:\n{done.stdout[-3000:]}")
    return wrong


def another_cpu():
    """Settings that send NumPy, OpenBLAS and PyTorch down the code paths of an older CPU."""
    from numpy._core import _multiarray_umath as core

    features = [name for name in core.__cpu_dispatch__ if core.__cpu_features__[name]]
    settings = {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NPY_DISABLE_CPU_FEATURES": " ".join(features),
    }
    if platform.machine() in ("x86_64", "AMD64"):
        settings["OPENBLAS_CORETYPE"] = "Nehalem"
    return settings


def _judge(path, root, cases, stretch):
    """What nbval's report says against one notebook; a cell that it left out counts as well."""
    cells = read_notebook(path).cells
    mine = {case.get("name"): case for case in cases if case.get("file") == path.relative_to(root).as_posix()}
    code = [index for index, cell in enumerate(cells) if cell.cell_type == "code"]
    failures, seconds = [], 0.0
    for name, where in [*((f"Cell {n}", place(cells, index)) for n, index in enumerate(code)), ("widgets", "widgets")]:
        case, used = mine.get(name), _cpu_seconds(mine.get(name))
        failure = case.find("failure") if case is not None else None
        if failure is not None:
            failures.append(f"{path.name}, {where}: {_in_words(failure.text)}")
        elif name != "widgets" and not failures and (case is None or _remarks(case)):
            failures.append(f"{path.name}, {where} was left out by nbval")
        elif name != "widgets" and used > CELL_LIMIT * stretch:
            failures.append(f"{path.name}, {where} used {used:.0f} CPU seconds; it may use {CELL_LIMIT * stretch}")
        seconds += used if name != "widgets" else 0
    if seconds > NOTEBOOK_LIMIT * stretch:
        failures.append(f"{path.name} used {seconds:.0f} CPU seconds; it may use {NOTEBOOK_LIMIT * stretch}")
    return failures


def _cpu_seconds(case):
    found = case.find("properties/property[@name='cpu_seconds']") if case is not None else None
    return float(found.get("value")) if found is not None else 0.0


def _remarks(case):
    """Skipped, or another remark: anything but the properties that we put there ourselves."""
    return [child for child in case if child.tag != "properties"]


def _in_words(failure):
    """nbval's account of a failed cell without the cell's source: what happened, then the details."""
    headline = re.search(r"^(?:Cell \d+|Widgets): (.*)", failure, flags=re.MULTILINE)
    details = ANSI.sub("", failure.partition("Traceback:\n")[2]).strip("\n")
    indented = [f"    {line}" for line in details.splitlines()[-30:]]
    return "\n".join([headline[1] if headline else failure, *indented])


# The command line ---------------------------------------------------------------------------------


def main(arguments=None):
    """Run all checks and print what each found; 0 when nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(description="Validate the notebooks.")
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks (.ipynb); none means all")
    parser.add_argument("--quick", action="store_true", help="leave out the run as on another CPU")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="wall seconds until a cell counts as hanging")
    options = parser.parse_args(arguments)
    notebooks = [path.resolve() for path in options.paths] or course()
    if not notebooks:
        print("no notebooks found")
        return 1
    readable = [path for path in notebooks if is_readable(path)]
    checks = [
        ("text and notebook hold the same cells, and every cell was run", agreement, notebooks),
        ("links, concept index and errata", index_pages, readable),
        ("run again: the outputs are the same", partial(rerun, patience=options.patience), readable),
    ]
    if not options.quick:
        checks.append(("run again as on another CPU", partial(rerun, other_cpu=True), readable))
    return _report(checks, len(notebooks))


def course():
    """All notebooks of the course: those there are, and those that the texts promise."""
    return sorted({*HERE.glob("*.ipynb"), *map(notebook_of, HERE.glob("text/*.py"))})


def is_readable(path):
    """Whether there is a notebook at `path` that can be looked into at all."""
    try:
        return bool(read_notebook(path).cells)
    except BuildError:
        return False


def _report(checks, count):
    failed = []
    for name, check, paths in checks:
        start = time.perf_counter()
        wrong = check(paths) if paths else []
        print(f"{'FAILED' if wrong else 'ok    '}  {name} ({time.perf_counter() - start:.0f} s)", flush=True)
        print("".join(f"  - {sentence}\n" for sentence in wrong), end="", flush=True)
        failed += [name] if wrong else []
    print(
        f"{count} notebooks: {len(failed)} of {len(checks)} checks failed"
        if failed
        else f"{count} notebooks: all is well"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
