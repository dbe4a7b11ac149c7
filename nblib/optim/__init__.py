"""Optimizers and learning-rate schedules, under the names of torch.optim."""

from nblib.optim import lr_scheduler
from nblib.optim.adaptive import LAMB, Adadelta, Adagrad, Adam, AdamW, NAdam, RMSprop
from nblib.optim.optimizer import Optimizer
from nblib.optim.sgd import SGD

__all__ = ["Adadelta", "Adagrad", "Adam", "AdamW", "LAMB", "NAdam", "Optimizer", "RMSprop", "SGD", "lr_scheduler"]
