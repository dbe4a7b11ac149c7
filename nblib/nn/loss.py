"""Losses as modules."""

from nblib.nn import functional as F
from nblib.nn.module import _module

MSELoss = _module("MSELoss", __name__, F.mse_loss, reduction="mean")
L1Loss = _module("L1Loss", __name__, F.l1_loss, reduction="mean")
BCEWithLogitsLoss = _module("BCEWithLogitsLoss", __name__, F.binary_cross_entropy_with_logits, reduction="mean")
CrossEntropyLoss = _module("CrossEntropyLoss", __name__, F.cross_entropy, reduction="mean")
NLLLoss = _module("NLLLoss", __name__, F.nll_loss, reduction="mean")
MultiMarginLoss = _module("MultiMarginLoss", __name__, F.multi_margin_loss, margin=1.0, reduction="mean")
