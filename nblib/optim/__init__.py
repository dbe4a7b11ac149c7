"""Optimizers and learning-rate schedules, under the names of torch.optim."""

from nblib.optim import lr_scheduler
from nblib.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nblib.optim.optimizer import Optimizer
from nblib.optim.sgd import SGD

__all__ = ["Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "SGD", "lr_scheduler"]
