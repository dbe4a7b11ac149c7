"""The Trainer runs anything with a step, keeps its history, and stops when the numbers run away."""

import numpy as np
import pytest

from nblib.training import Trainer


def bowl(limit=1e12, **hyper):
    """Gradient descent on w²: one step multiplies w by (1 − 2·lr)."""

    def init(rng, scale=1.0):
        return {"w": scale * (1 + rng.random())}

    def step(state, lr):
        state["w"] -= lr * 2 * state["w"]
        return state["w"] ** 2

    return Trainer(init, step, limit=limit, **{"lr": 0.1, **hyper})


def test_history_holds_every_step_and_reset_gives_the_same_run():
    trainer = bowl().run(5)
    first, costs = trainer.state["w"], trainer.history["cost"]
    assert trainer.steps == len(costs) == 5 and all(np.diff(costs) < 0)
    assert trainer.reset().steps == 0 and trainer.history == {}
    assert trainer.run(5).state["w"] == first


def test_hyperparameters_are_in_effect_at_the_next_step():
    trainer = bowl(lr=0.0).run(1)
    before = trainer.state["w"]
    trainer.hyper["lr"] = 0.5  # one step with rate 1/2 lands exactly in the minimum
    assert before != 0 and trainer.run(1).state["w"] == 0


def test_init_gets_the_hyperparameters_that_it_names():
    assert bowl(scale=100.0).state["w"] == pytest.approx(100 * bowl().state["w"])


def test_stop_ends_the_run():
    trainer = bowl().run(1000, stop=lambda history: history["cost"][-1] < 0.1)
    assert trainer.history["cost"][-1] < 0.1 <= trainer.history["cost"][-2]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("lr", [1.5, 1e6, 1e200])
def test_divergence_stops_the_run_in_words_and_without_warnings(lr):
    trainer = bowl(lr=lr).run(5000)
    assert trainer.diverged.startswith(f"diverged at step {trainer.steps}: the cost is")
    steps = trainer.steps
    assert trainer.run(10).steps == steps < 5000
    assert trainer.reset().diverged is None


def test_nan_counts_as_divergence():
    trainer = Trainer(lambda rng: {}, lambda state: float("nan")).run(3)
    assert trainer.steps == 1 and "nan" in trainer.diverged


def test_named_numbers():
    trainer = Trainer(lambda rng: [0], lambda state: {"train": 1, "test": np.float32(2)}).run(2)
    assert trainer.history == {"train": [1.0, 1.0], "test": [2.0, 2.0]}


def test_a_torch_model_trains_without_the_trainer_knowing():
    import torch

    def init(rng):
        torch.manual_seed(0)
        model = torch.nn.Linear(2, 1)
        return model, torch.optim.SGD(model.parameters(), lr=0.1), torch.ones(8, 2)

    def step(state):
        model, optimizer, X = state
        optimizer.zero_grad()
        loss = (model(X) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss.detach()

    costs = Trainer(init, step).run(20).history["cost"]
    assert costs[-1] < 0.01 * costs[0]


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Trainer(3, lambda state: 1), "init must be a function, got int 3"),
        (lambda: Trainer(lambda rng: {}, "step"), "step must be a function, got str"),
        (lambda: Trainer(lambda rng: {}, lambda state, lr: 1), "step needs the hyperparameter 'lr'"),
        (lambda: Trainer(lambda rng: {}, lambda state: 1, lr=1), "neither init nor step takes the hyperparameter 'lr'"),
        (lambda: Trainer(lambda rng: {}, lambda state: None).step(), "must return the cost as one number"),
        (lambda: Trainer(lambda rng: {}, lambda state: "1").step(), "cost is str '1'"),
        (lambda: Trainer(lambda rng: {}, lambda state: np.ones(3)).step(), "float64 array of shape (3,)"),
        (lambda: Trainer(lambda rng: {}, lambda state: 1, seed="a"), "wanted a seed"),
        (lambda: bowl().run(2.5), "steps: wanted a whole number"),
    ],
)
def test_bad_input_is_named(make, words):
    with pytest.raises(TypeError) as error:
        make()
    assert words in str(error.value)
