"""The index pages and links of the course; and that their checks see every way in which they can be wrong."""

import build
import pytest
import validate

FINISHED = sorted(build.HERE.glob("*.ipynb"))


# The course itself


def test_the_index_pages_and_links_of_the_finished_notebooks_hold():
    assert validate.index_pages(FINISHED) == []


def test_notebooks_agree_with_their_texts_and_were_run():
    assert validate.agreement(validate.course()) == []


def test_the_index_pages_are_there_even_before_any_notebook():
    books = {path.name: build.read_notebook(path).cells for path in FINISHED}
    for check, page in [(validate.concepts, "concepts.md"), (validate.errata, "errata.md")]:
        assert "|---|---|" in (build.HERE / page).read_text(encoding="utf-8")
        assert check(build.HERE / page, books) == []


# The checks

TEXT = """\
# %% [markdown]
# # A title
#
# ## ReLU units *can* `die`

# %% tags=["concept:dead-relu"]
assert max(0, -1) == 0

# %% [markdown]
# ### Why

# %% tags=["concept:relu"]
why = 1

# %% [markdown]
# ## Another section
#
# See [above](#ReLU-units-can-die), [the title](06_deep.ipynb#A-title), [the index](concepts.md), a
# [page](https://example.org/a#b) and `[code](nowhere)`, and $f[x](y)$.

# %%
other = 1
"""
RELU = "| `relu` | rectified linear unit | [why](06_deep.ipynb#Why) |"
DEAD = "| `dead-relu` | units that no longer learn | [die](06_deep.ipynb#ReLU-units-can-die) |"


@pytest.fixture
def course(tmp_path):
    """A folder with one notebook of 06, run; both pages still have to be written."""
    (tmp_path / "text").mkdir()
    text = tmp_path / "text" / "06_deep.py"
    text.write_text(TEXT)
    notebook = build.read_text(text)
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    (tmp_path / "06_deep.ipynb").write_text(build.nbformat.v4.writes(notebook))
    (tmp_path / "concepts.md").write_text("# Index\n")
    return tmp_path


def complaints(course, check, rows, change=None, **options):
    cells = build.read_notebook(course / "06_deep.ipynb").cells
    if change:
        change(cells)
    page = course / "page.md"
    page.write_text("# Words | with a bar\n\n| head | of | it |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return check(page, {"06_deep.ipynb": cells}, **options)


REQUIRED = {"06": ["relu", "dead-relu"]}


def test_a_complete_concept_index_is_accepted(course):
    assert complaints(course, validate.concepts, [RELU, DEAD], required=REQUIRED) == []


BROKEN_CONCEPTS = {
    "a concept without a row": ([RELU], None, REQUIRED, "`dead-relu` of 06_deep.ipynb has no row"),
    "a tag without a row": ([RELU], None, {}, "`dead-relu` of 06_deep.ipynb has no row"),
    "a concept of the syllabus that is nowhere": (
        [RELU, DEAD],
        None,
        {"06": ["relu", "dead-relu", "elu"]},
        "`elu` of 06_deep.ipynb has no row",
    ),
    "a row twice": ([RELU, DEAD, RELU], None, REQUIRED, "`relu` has 2 rows"),
    "no such heading": (
        [RELU, DEAD.replace("die)", "Die)")],
        None,
        REQUIRED,
        "06_deep.ipynb#ReLU-units-can-Die leads nowhere",
    ),
    "no such notebook": (
        [RELU, DEAD, "| `x` | X | [x](07_x.ipynb#ReLU-units-can-die) |"],
        None,
        REQUIRED,
        "07_x.ipynb#ReLU-units-can-die leads nowhere",
    ),
    "tagged in another section": (
        [RELU, DEAD.replace("ReLU-units-can-die", "Another-section")],
        None,
        REQUIRED,
        'in 06_deep.ipynb, section "Another-section"',
    ),
    "tagged on a cell that was not run": (
        [RELU, DEAD],
        lambda cells: cells[1].update(execution_count=None),
        REQUIRED,
        "no cell that was run carries the tag concept:dead-relu",
    ),
    "tagged on prose only": (
        [RELU, DEAD],
        lambda cells: cells[1].update(cell_type="markdown"),
        REQUIRED,
        "no cell that was run carries the tag concept:dead-relu",
    ),
    "two headings of that name": (
        [RELU, DEAD],
        lambda cells: cells[4].update(source="## Why"),
        REQUIRED,
        "several headings Why",
    ),
    "a row without a link": ([RELU, DEAD, "| `elu` | exponential | nowhere |"], None, REQUIRED, "wanted a row | `id`"),
    "an id without backticks": ([RELU, DEAD.replace("`", "")], None, {"06": []}, "wanted a row | `id`"),
}


@pytest.mark.parametrize("rows, change, required, words", BROKEN_CONCEPTS.values(), ids=BROKEN_CONCEPTS)
def test_a_broken_concept_index_is_found_out(course, rows, change, required, words):
    found = complaints(course, validate.concepts, rows, change, required=required)
    assert any(words in sentence for sentence in found), found


def test_a_row_counts_for_the_notebook_it_links_to_only(course):
    """Validating one notebook asks nothing of the rows of others that are there."""
    (course / "01_other.ipynb").write_text("{}")
    rows = [RELU, DEAD, "| `sigmoid` | squashes | [s](01_other.ipynb#S) |"]
    assert complaints(course, validate.concepts, rows, required=REQUIRED) == []


def test_a_tag_in_a_subsection_counts_for_the_section_around_it(course):
    rows = [RELU.replace("#Why", "#ReLU-units-can-die"), DEAD]
    assert complaints(course, validate.concepts, rows, required=REQUIRED) == []


ERRATUM = "| A | ReLU is \\| linear | it is not | [max](06_deep.ipynb#ReLU-units-can-die) |"


@pytest.mark.parametrize(
    "row, change, words",
    [
        (ERRATUM, None, None),
        (ERRATUM.replace("die)", "live)"), None, "06_deep.ipynb#ReLU-units-can-live leads nowhere"),
        (ERRATUM.replace("ReLU-units-can-die", "Another-section"), None, "no cell that was run asserts anything"),
        (ERRATUM, lambda cells: cells[1].update(execution_count=None), "no cell that was run asserts anything"),
        (ERRATUM, lambda cells: cells[1].update(source="# assert"), "no cell that was run asserts anything"),
        ("| A | a claim | [max](06_deep.ipynb#Why) |", None, "wanted a row | document"),
    ],
)
def test_an_erratum_has_to_be_proved_where_it_links_to(course, row, change, words):
    found = complaints(course, validate.errata, [row], change)
    assert (found == []) if words is None else (len(found) == 1 and words in found[0]), found


def test_a_missing_page_is_a_complaint(course):
    (course / "concepts.md").unlink()
    assert validate.index_pages([course / "06_deep.ipynb"])[0] == "concepts.md does not exist"


@pytest.mark.parametrize(
    "link", ["#Nothing", "06_deep.ipynb#relu-units-can-die", "07_x.ipynb", "../gone.md", "<a b.md>"]
)
def test_a_link_in_the_prose_that_leads_nowhere_is_found_out(course, link):
    path = course / "06_deep.ipynb"
    cells = build.read_notebook(path).cells
    assert validate.dead_links(path, cells) == []
    cells[4].source += f"\n[x]({link})"
    [sentence] = validate.dead_links(path, cells)
    assert sentence.startswith('06_deep.ipynb, cell 5 (markdown) under "Another section": the link to')
