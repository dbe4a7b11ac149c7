"""Losses as modules."""

from nblib.nn import functional as F
from nblib.nn.module import _module

MSELoss = _module("MSELoss", F.mse_loss, reduction="mean")
L1Loss = _module("L1Loss", F.l1_loss, reduction="mean")
BCEWithLogitsLoss = _module("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, reduction="mean")
CrossEntropyLoss = _module("CrossEntropyLoss", F.cross_entropy, reduction="mean")
NLLLoss = _module("NLLLoss", F.nll_loss, reduction="mean")
MultiMarginLoss = _module("MultiMarginLoss", F.multi_margin_loss, margin=1.0, reduction="mean")
