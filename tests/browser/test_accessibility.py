"""The widgets on a narrow page, for the keyboard and for a screen reader: tracks, names, contrast."""

import pytest

SETUP = (
    "from nblib import plots\nfrom nblib.widgets import explore, graph, live, log_slider, playground, slider, toggle"
)
WIDGETS = {
    "explorer": """
@explore(slope=slider("slope", -1.0, 1.0, 0.0), rate=log_slider("learning rate α", 1e-3, 10, 0.1),
         broken=toggle("broken"))
def line(axes, slope, rate, broken):
    if broken:
        raise ValueError("no picture")
    axes.plot([0, 1], [0, slope])
    return f"slope {slope:.2f}"
line""",
    "playground": "playground()",
    "graph": "graph()",
}
CONTROLS = ", ".join(
    f".nblib-panel {kind}" for kind in (".noUi-handle", "select", "input", "button", "[contenteditable=true]")
)
SHOWN = "(element) => element.offsetParent !== null"

# The contrast of an element's text with what is behind it, as the guidelines define it.
CONTRAST = """(element) => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => [r, g, b].map((c) => linear(c / 255))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    let ground = element;
    while (ground && (parse(getComputedStyle(ground).backgroundColor)[3] === 0)) ground = ground.parentElement;
    const [low, high] = [light(parse(getComputedStyle(element).color)),
                         ground ? light(parse(getComputedStyle(ground).backgroundColor)) : 1].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}"""


@pytest.fixture(params=(1280, 640))
def page(lab, notebook, request):
    """A notebook with one widget of each kind, on a wide page and on a narrow one (a laptop at 200 %)."""
    lab.page.set_viewport_size({"width": request.param, "height": 900})
    lab.open(notebook("accessible.ipynb", SETUP, *WIDGETS.values()))
    lab.run_all()
    yield lab
    assert lab.problems == [] and lab.error_outputs() == []


def cells(lab):
    for number, name in enumerate(WIDGETS, 1):
        cell = lab.cell(number)
        cell.locator("figure.nblib-frame img").wait_for()
        cell.locator(".noUi-handle[aria-label]").first.wait_for()
        yield name, cell


def test_every_track_can_be_dragged_and_every_control_has_a_name(page):
    for name, cell in cells(page):
        for track in cell.locator(".noUi-target").all():
            if track.evaluate(SHOWN):
                assert track.bounding_box()["width"] >= 110, name  # of a container of 140, the handle's room left out
        for container in cell.locator(".slider-container").all():
            if container.evaluate(SHOWN):
                assert container.bounding_box()["width"] >= 140, name
        for control in cell.locator(CONTROLS).all():
            if control.evaluate(SHOWN):
                snapshot = control.aria_snapshot()
                assert '"' in snapshot, (
                    f"{name}: a control without a name: {control.evaluate('e => e.outerHTML')[:200]}"
                )


def test_a_warning_and_all_other_words_can_be_read(page):
    cell = next(cell for name, cell in cells(page) if name == "explorer")
    cell.get_by_label("broken").check()
    cell.locator(".nblib-warning").wait_for()
    for words in cell.locator(".nblib-warning, figcaption, .widget-label, .widget-readout, button").all():
        if words.evaluate(SHOWN):
            assert words.evaluate(CONTRAST) >= 4.5, words.inner_text()
