"""The playground, driven without a browser: its learner, its controls, the pointer, what it says."""

import gc
import io
import itertools

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from notebook_runner import drive
from PIL import Image

from nblib import autograd, plots
from nblib.learner import DATA, FEATURES, OPTIMIZERS, OWN, REGRESSION, init, judge, step
from nblib.training import Trainer
from nblib.widgets import playground
from nblib.widgets.playground.diagram import NETWORK, OUTPUT, SIZE, TILE
from nblib.widgets.playground.widget import CONTROLS

HYPER = {name: control.value for name, control in CONTROLS.items() if name not in ("seed", "show_test", "discretize")}


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    monkeypatch.setenv("NBLIB_STRICT", "1")
    plots.use_style()


def trainer(seed=0, **hyper):
    return Trainer(init, step, seed=seed, **{**HYPER, **hyper})


def epochs_to_goal(most, **hyper):
    run = trainer(**hyper)
    while run.steps < most and not judge(run.state, run.state.measure())[1]:
        run.step()
    return run.steps


# The learner


@pytest.mark.parametrize("seed", range(5))
def test_the_setting_it_opens_on_succeeds_soon_but_not_at_once(seed):
    assert 10 < epochs_to_goal(60, seed=seed) < 60


@pytest.mark.parametrize(
    "hyper",
    [
        {"data": "XOR", "layers": ((8, "relu"),), "optimizer": "Adam", "lr": 0.03},
        {"data": "XOR", "layers": (), "features": ("x₁x₂",)},
        {"data": "Gaussian", "layers": ()},
        {"data": "moons", "layers": ((8, "tanh"),), "optimizer": "Adam", "lr": 0.03},
        {"data": "circle", "layers": (), "features": ("x₁²", "x₂²")},
        {
            "data": "spirals",
            "layers": ((8, "tanh"), (8, "tanh")),
            "optimizer": "Adam",
            "lr": 0.02,
            "features": ("x₁", "x₂", "sin x₁", "sin x₂"),
        },
        {"data": "plane", "layers": ()},
        {
            "data": "bumps",
            "layers": ((8, "tanh"), (8, "tanh")),
            "optimizer": "Adam",
            "lr": 0.01,
            "features": tuple(FEATURES),
        },
    ],
)
def test_every_data_set_can_be_solved(hyper):
    assert epochs_to_goal(200, **hyper) < 200


def test_a_line_does_not_solve_what_no_line_separates():
    assert epochs_to_goal(40, data="circle", layers=()) == epochs_to_goal(40, data="XOR", layers=()) == 40


def test_the_seed_decides_everything_and_the_readers_own_seed_is_left_alone():
    autograd.manual_seed(3)
    expected = autograd.rand(3).tolist()
    first, again, other = (trainer(seed, dropout=0.3).run(3).history["train"] for seed in (1, 1, 2))
    assert first == again != other
    autograd.manual_seed(3)
    trainer(dropout=0.3).run(2)
    assert autograd.rand(3).tolist() == expected


def test_the_points_do_not_depend_on_the_network():
    small, large = trainer(layers=()).state, trainer(layers=((8, "relu"),) * 6).state
    assert (small.train[0] == large.train[0]).all() and (small.test[1] == large.test[1]).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss_and_can_be_taken_in_midway(name):
    run = trainer(lr=0.01, optimizer=name, batch=5)
    start = run.state.measure()["train"]
    run.run(8)
    assert run.history["train"][-1] < start
    run.hyper["optimizer"] = "Adam"
    optimizer = run.state.optimizer
    run.step()
    assert (run.state.optimizer is optimizer) == (name == "Adam")


def test_a_rate_is_changed_without_forgetting_what_the_optimizer_knows():
    run = trainer(optimizer="Adam").run(2)
    optimizer = run.state.optimizer
    run.hyper["lr"] = 0.007
    run.step()
    assert run.state.optimizer is optimizer and optimizer.param_groups[0]["lr"] == 0.007


def size_of_weights(run):
    return sum(float(np.abs(linear.weight.data).sum()) for linear in run.state.network.linears())


@pytest.mark.parametrize("penalty", ["L1", "L2"])
def test_a_penalty_makes_weights_small_and_is_no_part_of_the_loss_shown(penalty):
    free, held = trainer().run(40), trainer(penalty=penalty, strength=0.05).run(40)
    assert size_of_weights(held) < 0.7 * size_of_weights(free)
    run = trainer(lr=1e-4, penalty=penalty, strength=10).run(1)
    assert run.history["train"][0] < 1


def test_dropout_acts_in_training_and_not_in_the_losses():
    run = trainer(dropout=0.5).run(3)
    assert run.state.measure() == run.state.measure()
    assert run.history["train"] != trainer().run(3).history["train"]


# Every control


def test_every_control_over_its_range_in_random_order():
    for seed in (0, 1):
        widget = playground(hide=("dropout",))
        drive(widget, seed)
        widget.dispose()


@pytest.mark.parametrize("data", [*DATA, OWN])
def test_every_data_set_is_drawn_with_every_depth(data):
    for layers in ((), (1,), (8,) * 6):
        widget = playground(data=data, layers=layers, show_test=True)
        widget.advance(2)
        assert ("accuracy" in widget.frame.caption) == (data not in (*REGRESSION, OWN))
        widget.dispose()


def test_settings_are_one_line_of_python_that_rebuilds_the_playground():
    widget = playground(data=OWN, layers=(3,), points=((1, 1, 0), (-1, 0.5, 1)), seed=4, hide=("noise",))
    again = eval(widget.settings, {"playground": playground})
    assert "layers=((3, 'tanh'),)" in widget.settings and "hide=('noise',)" in widget.settings
    assert again.values == widget.values and again.frame.picture == widget.frame.picture
    assert again.settings == widget.settings


def test_other_settings_from_a_present_one():
    widget = playground(hide=("noise",))
    other = widget(data="XOR", seed=2)
    assert other.values == {**widget.values, "data": "XOR", "seed": 2} and other.hide == ("noise",)


def test_hidden_controls_are_not_shown_and_still_count():
    widget = playground(hide=("noise", "points", "layers"), noise=0.3, data=OWN)
    assert all(widget.controls[name].layout.display == "none" for name in ("noise", "points", "layers"))
    assert widget.trainer.hyper["noise"] == 0.3


def test_a_change_of_the_rate_goes_on_and_one_of_the_network_begins_again():
    widget = playground()
    widget.advance(1)
    steps = widget.trainer.steps
    widget.controls["lr"].value = 0.2
    assert widget.trainer.steps == steps and widget.trainer.hyper["lr"] == 0.2
    widget.controls["layers"].value = (2,)
    assert widget.trainer.steps == 0 and widget.frame.caption.startswith("epoch 0 ")


def test_the_seed_starts_another_run():
    widget = playground(seed=1)
    first = widget.frame.picture
    widget.controls["seed"].value = 2
    assert widget.frame.picture != first and widget.trainer.seed == 2
    assert (widget.trainer.state.train[0] == trainer(2).state.train[0]).all()


def test_layers_are_added_and_taken_away_and_come_back_as_they_were():
    widget = playground(layers=((5, "relu"), (3, "sigmoid")))
    layers = widget.controls["layers"]
    layers.fewer.click()
    layers.fewer.click()
    assert layers.value == () and layers.fewer.disabled and "logistic regression" in widget.message.value
    widget.advance(3)
    assert "logistic regression" in widget.message.value and len(widget.trainer.state.network.linears()) == 1
    layers.more.click()
    layers.more.click()
    assert layers.value == ((5, "relu"), (3, "sigmoid")) and "regression" not in widget.message.value
    for _ in range(9):
        layers.more.click()
    assert len(layers.value) == 6 and layers.more.disabled
    layers.every.value = "elu"
    assert {kind for _, kind in layers.value} == {"elu"} and layers.every.value not in ("elu",)
    layers.kinds[0].value, layers.units[0].value = "relu", 8
    assert layers.value[0] == (8, "relu") and widget.trainer.state.network.hidden[0].out_features == 8


def test_the_last_feature_stays_and_the_note_says_why():
    widget = playground()
    features = widget.controls["features"]
    features.buttons[0].value = False
    assert features.value == ("x₂",) and features.note.value == ""
    features.buttons[1].value = False
    assert features.value == ("x₂",) and features.buttons[1].value and "at least one feature" in features.note.value
    features.buttons[4].value = True
    assert features.value == ("x₂", "x₁x₂") and features.note.value == ""
    assert playground(features=("x1", "sin x2")).values["features"] == ("x₁", "sin x₂")


# What it says


def test_the_goal_is_said_with_the_units_and_the_fewest_so_far():
    widget = playground()
    assert "goal: 95%" in widget.frame.caption
    while widget.trainer.state.solved is None and widget.trainer.steps < 60:
        widget.advance(1)
    epoch = widget.trainer.steps
    widget.advance(1)
    assert f"goal reached at epoch {epoch} with 6 hidden units (fewest: 6)" in widget.frame.caption
    widget.controls["layers"].value = (3,)
    assert "goal: 95%" in widget.frame.caption
    for _ in range(80):
        widget.advance(1)
    assert "with 3 hidden units (fewest: 3)" in widget.frame.caption
    widget.controls["data"].value = "plane"
    assert "goal: test loss 0.02" in widget.frame.caption


def test_a_divergent_rate_is_said_in_words_drawn_and_mended():
    widget = playground(data="plane", layers=((8, "linear"), (8, "linear")), lr=10.0)
    widget.advance(20)
    assert "diverged at step" in widget.message.value and widget.frame.picture.startswith(b"\x89PNG")
    widget.controls["lr"].value = 0.01
    widget.reset()
    widget.advance(1)
    assert "diverged" not in widget.message.value and widget.trainer.steps == 1


def test_a_batch_larger_than_the_training_set_is_said():
    widget = playground(batch=100, share=10)
    assert "A batch of 100 is more than the 40 training points" in widget.message.value
    widget.controls["share"].value = 50
    assert widget.message.value == ""


# The pointer


def at(widget, kind, part, x, y):
    """A pointer event at page pixel (x, y) of one of the picture's parts."""
    widget.frame._message(None, {"type": kind, "x": (part[0] + x) / SIZE[0], "y": (part[1] + y) / SIZE[1]}, [])


def unit_at(widget, kind, unit):
    at(widget, kind, NETWORK, *widget.diagram.places[unit])


def test_hovering_over_a_unit_enlarges_it_until_the_pointer_leaves():
    widget = playground()
    before = widget.frame.picture
    unit_at(widget, "move", (1, 2))
    seq = widget.frame.seq
    assert widget.diagram.title.get_text() == "unit 1.3" and widget.frame.picture != before
    unit_at(widget, "move", (1, 2))
    assert widget.frame.seq == seq, "drawn again although nothing changed"
    widget.frame._message(None, {"type": "leave", "x": -1, "y": -1}, [])
    assert widget.diagram.title.get_text() == "output" and widget.frame.picture == before


def test_a_pressed_unit_stays_large_and_a_second_press_lets_it_go():
    widget = playground()
    unit_at(widget, "press", (2, 1))
    widget.frame._message(None, {"type": "leave", "x": -1, "y": -1}, [])
    assert widget.enlarge.label == "unit 2.2" == widget.diagram.title.get_text()
    unit_at(widget, "press", (2, 1))
    assert widget.enlarge.label == "output"


def test_a_pressed_feature_is_used_or_not():
    widget = playground()
    unit_at(widget, "press", (0, 4))
    assert widget.values["features"] == ("x₁", "x₂", "x₁x₂")
    unit_at(widget, "press", (0, 0))
    assert widget.values["features"] == ("x₂", "x₁x₂")


def press_weight(widget, weight):
    start, end = widget.diagram.segments[widget.diagram.weights.index(weight)]
    at(widget, "press", NETWORK, *(0.8 * start + 0.2 * end))


def test_a_pressed_link_is_selected_and_its_weight_edited_by_hand():
    widget = playground(features=("x₂", "x₁x₂"))
    press_weight(widget, (1, 3, 4))
    assert widget.weight.label == "x₁x₂ → unit 1.4"
    weight = widget.trainer.state.network.hidden[0].weight
    assert widget.dial.value == pytest.approx(weight.data[3, 1], abs=0.005)
    before, caption = weight.data.copy(), widget.frame.caption
    widget.dial.value = 4.5
    changed = weight.data != before
    assert weight.data[3, 1] == 4.5 and changed.sum() == 1 and widget.frame.caption != caption
    widget.advance(1)
    assert widget.dial.value == pytest.approx(weight.data[3, 1], abs=0.005) and weight.data[3, 1] != 4.5
    assert (weight.data != before).all()


def test_a_bias_is_selected_by_its_corner_and_edited():
    widget = playground()
    x, y = widget.diagram.places[2, 1]
    at(widget, "press", NETWORK, x - TILE / 2 + 4, y - TILE / 2 + 4)
    assert widget.weight.label == "bias → unit 2.2"
    widget.dial.value = -2.0
    assert widget.trainer.state.network.hidden[1].bias.data[1] == -2


def test_selecting_a_weight_does_not_change_it():
    widget = playground()
    widget.advance(1)
    before = [p.data.copy() for p in widget.trainer.state.network.parameters()]
    for weight in list(widget.diagram.weights):
        widget.weight.value = weight
    after = [p.data for p in widget.trainer.state.network.parameters()]
    assert all((a == b).all() for a, b in zip(before, after))


def test_own_points_are_pressed_in_while_it_trains_and_learned():
    widget = playground(data=OWN)
    assert "add points" in widget.message.value and "no points" in widget.frame.caption
    widget.step()
    assert "add points" in widget.message.value
    at(widget, "press", OUTPUT, OUTPUT[2] / 6, OUTPUT[3] / 2)
    assert widget.values["points"] == ((-2.0, 0.0, 0),) and "of one class" in widget.message.value
    widget.controls["points"].kind.value = 1
    steps = widget.trainer.steps
    for _ in range(3):
        widget.advance(1)
    at(widget, "press", OUTPUT, 5 * OUTPUT[2] / 6, OUTPUT[3] / 2)
    assert widget.trainer.steps == steps + 3 and widget.message.value == ""
    for _ in range(100):
        widget.advance(1)
    assert "training accuracy 100%" in widget.frame.caption and "goal reached" in widget.frame.caption
    widget.controls["points"].undo.click()
    assert len(widget.trainer.state.train[0]) == 1
    widget.controls["points"].clear.click()
    assert widget.values["points"] == () and "no points" in widget.frame.caption
    widget.advance(2)


def test_points_pressed_into_other_data_are_refused_in_words():
    widget = playground()
    at(widget, "press", OUTPUT, 50, 50)
    assert "choose “your own” as data" in widget.message.value and widget.values["points"] == ()


def test_the_pointer_anywhere_does_no_harm():
    widget, rng = playground(data=OWN, layers=(8, 8, 8, 8, 8, 8)), np.random.default_rng(0)
    for kind, x, y in itertools.islice(zip(itertools.cycle(("move", "press", "release")), *rng.random((2, 120))), 120):
        widget.frame._message(None, {"type": kind, "x": x, "y": y}, [])
    widget.advance(1)


# The picture


def test_orange_is_positive_in_units_and_links():
    widget = playground(layers=(), features=("x₁",), show_test=False)
    widget.weight.value = (1, 0, 0)
    widget.dial.value = 5.0
    widget.weight.value = (1, 0, None)
    widget.dial.value = 0.0
    picture = np.asarray(Image.open(io.BytesIO(widget.frame.picture))).astype(int)
    height, width = picture.shape[:2]

    def color(part, x, y):
        return picture[height - 1 - int((part[1] + y) * height / SIZE[1]), int((part[0] + x) * width / SIZE[0])]

    x, y = widget.diagram.places[1, 0]
    for place in ((NETWORK, x + 15, y), (OUTPUT, OUTPUT[2] - 5, 5)):
        assert color(*place)[0] > color(*place)[2], "right, where x₁ > 0, is not orange"
    for place in ((NETWORK, x - 15, y + 5), (OUTPUT, 5, OUTPUT[3] - 5)):
        assert color(*place)[2] > color(*place)[0], "left is not blue"
    start, end = widget.diagram.segments[0]
    link = color(NETWORK, *(start + end) / 2)
    assert link[0] > link[2]


def test_pictures_leave_nothing_behind():
    widget = playground()
    for _ in range(30):
        widget.advance(1)
    gc.collect()
    before, widgets = len(gc.get_objects()), len(_instances)
    for _ in range(400):
        widget.advance(1)
    gc.collect()
    assert len(gc.get_objects()) - before < 200 and len(_instances) == widgets


def test_a_disposed_playground_leaves_no_widget():
    gc.collect()
    before = len(_instances)
    widget = playground()
    widget.controls["layers"].value = (3, 3, 3)
    widget.dispose()
    del widget
    gc.collect()
    assert len(_instances) == before


# Bad settings


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"layers": (9,)}, "layers: wanted up to 6 pairs (units from 1 to 8"),
        ({"layers": ((3, "step"),)}, "one of tanh, relu"),
        ({"layers": (1,) * 7}, "layers: wanted up to 6 pairs"),
        ({"features": ()}, "features: wanted one or more of x₁, x₂"),
        ({"features": ("x3",)}, "features: wanted one or more of x₁, x₂"),
        ({"points": ((1, 2),)}, "points: wanted triples (x₁, x₂, class 0 or 1)"),
        ({"points": ((1, 2, 5),)}, "points: wanted triples"),
        ({"data": "square"}, "data: wanted one of circle, XOR"),
        ({"lr": 100.0}, "learning rate α: wanted a number from 0.0001 to 10"),
        ({"rate": 1.0}, "there is no control 'rate'; there are data, noise"),
        ({"hide": ("nose",)}, "hide: wanted one of data, noise"),
    ],
)
def test_bad_settings_are_named(settings, words):
    with pytest.raises((TypeError, ValueError)) as error:
        playground(**settings)
    assert words in str(error.value)


def test_every_small_map_has_all_four_edges_also_while_it_moves():
    widget = playground()
    axes, places = widget.diagram.axes[0], np.array(list(widget.diagram.places.values()))
    picture = np.asarray(Image.open(io.BytesIO(widget.canvas.jpeg())).convert("L")).astype(int)[::-1]
    low, high = (axes.transData.transform(places + side).round().astype(int) for side in (-TILE / 2, TILE / 2 - 1))
    for (x0, y0), (x1, y1) in zip(low, high):
        for x in (x0, x1):
            assert picture[(y0 + y1) // 2, x - 1 : x + 2].min() < 110
        for y in (y0, y1):
            assert picture[y - 1 : y + 2, x1 - 6].min() < 110
