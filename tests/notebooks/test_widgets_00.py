"""The widgets of notebook 00: every control over its whole range, and what the text says about them."""

import re

import numpy as np
import pytest
from notebook_runner import EveryWidget

NOTEBOOK = "00_welcome"
NAMES = ("look_inside", "polynomial", "bandit", "ball")


class TestEveryWidget(EveryWidget):
    pass


@pytest.mark.parametrize("name", NAMES)
def test_no_goal_is_reached_before_anything_is_moved(widgets, name):
    assert "Goal reached" not in captions(widgets[name])[0]


def captions(widget, name=None, settings=(), **values):
    """The captions of a new widget with these settings, as its control `name` goes through `settings`."""
    shown, texts = widget(**values), []
    for setting in settings:
        shown.controls[name].value = setting
        texts.append(shown.frame.caption)
    texts = texts or [shown.frame.caption]
    shown.dispose()
    return texts


def reached(texts):
    return [i for i, text in enumerate(texts) if "Goal reached" in text]


def new_error(text):
    return float(re.search(r"([\d.]+) on new data", text)[1])


def test_five_digits_are_misread(widgets):
    assert reached(captions(widgets["look_inside"], "number", range(70, 110))) == [89 - 70]
    others = captions(widgets["look_inside"], "number", (314, 370, 402, 423))
    assert len(reached(others)) == 4


@pytest.mark.parametrize("noise, n", [(0.2, 15), (0.0, 15), (0.5, 12), (0.5, 100)])
def test_one_degree_reaches_the_goal_and_it_is_the_best(widgets, noise, n):
    texts = captions(widgets["polynomial"], "degree", range(12), noise=noise, n=n)
    [best] = reached(texts)
    assert new_error(texts[best]) == min(map(new_error, texts))


def test_the_polynomial_shown_first_over_fits_and_more_examples_cure_it(widgets):
    shown, cured = (new_error(captions(widgets["polynomial"], degree=9, n=n)[0]) for n in (15, 100))
    assert shown > 1.5 and cured < 0.3


def test_without_noise_a_flexible_curve_is_best(widgets):
    assert reached(captions(widgets["polynomial"], "degree", range(12), noise=0.0)) >= [7]


def game(widget, luck, *plan):
    """The caption after a game: (exploration rate, pulls) one after the other, and the pulls of each arm."""
    widget.controls["luck"].value = luck
    widget.reset()
    for rate, pulls in plan:
        widget.controls["explore"].value = rate
        widget.trainer.run(pulls - 1)
        widget.advance(1)
    return widget.frame.caption, widget.trainer.state["pulled"]


def coins(text):
    return float(re.search(r"([\d.]+) coins", text)[1])


def test_a_player_that_never_explores_is_stuck_with_the_arm_that_paid_first(widgets):
    games = {luck: game(widgets["bandit"], luck, (0.0, 1000)) for luck in range(21)}
    stuck = [luck for luck, (text, (left, right)) in games.items() if right == 0]
    assert 3 in stuck and 3 <= len(stuck) <= 9  # 3 is what is shown first
    assert all(coins(text) < 0.36 if luck in stuck else coins(text) > 0.6 for luck, (text, _) in games.items())


def test_exploring_first_and_exploiting_later_reaches_the_goal(widgets):
    texts = [game(widgets["bandit"], luck, (0.5, 100), (0.01, 900))[0] for luck in range(11)]
    assert len(reached(texts)) >= 7


def test_pure_exploration_does_not_reach_the_goal(widgets):
    assert not reached([game(widgets["bandit"], luck, (1.0, 1000))[0] for luck in range(5)])


def test_hardly_exploring_is_a_gamble(widgets):
    earned = [coins(game(widgets["bandit"], luck, (0.01, 1000))[0]) for luck in range(21)]
    assert min(earned) < 0.6 and max(earned) > 0.67


def at_three(text):
    return float(re.search(r"by ([\d,.]+) m at 3.00 s", text)[1].replace(",", ""))


def test_only_the_parabola_reaches_the_goal_of_the_ball(widgets):
    for learner, possible in [
        ("nearest example", False),
        ("straight line", False),
        ("parabola", True),
        ("polynomial of degree 5", False),
        ("formula with g measured", False),
    ]:
        texts = captions(widgets["ball"], "luck", range(21), learner=learner)
        assert bool(reached(texts)) is possible, learner
        assert all(at_three(texts[i]) < 1 for i in reached(texts))


def test_without_noise_the_polynomials_are_exact_and_the_goal_wants_noise(widgets):
    for learner in ("parabola", "polynomial of degree 5", "formula with g measured"):
        [text] = captions(widgets["ball"], learner=learner, noise=0.0)
        assert at_three(text) < 0.01 and not reached([text])


def test_the_ball_is_predicted_well_where_it_was_measured(widgets):
    for luck in np.arange(0, 21, 5):
        [text] = captions(widgets["ball"], luck=int(luck))
        assert float(re.search(r"off by ([\d.]+) m within", text)[1]) < 0.2 and at_three(text) > 10
