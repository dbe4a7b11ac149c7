"""Losses as modules; nblib.nn.functional has them as functions, with their gradients.

`reduction` is "mean" or "sum" over the batch, or "none" for a tensor of losses.
"""

from nblib._inputs import describe, number, one_of, whole
from nblib.autograd import Tensor
from nblib.nn import functional as F
from nblib.nn.module import Buffer, Module


class _Loss(Module):
    """What all losses share: a reduction."""

    def __init__(self, reduction, others=()):
        super().__init__()
        self.reduction = one_of(reduction, f"{type(self).__name__}: reduction", ("mean", "sum", "none", *others))

    def _weight(self, weight, name="weight"):
        """A weight as part of the module's state, as in PyTorch; or None."""
        if not isinstance(weight, (Tensor, type(None))):
            hint = f"; did you mean reduction={weight!r}?" if isinstance(weight, str) else ""
            raise TypeError(f"{type(self).__name__}: wanted a tensor as {name}, got {describe(weight)}{hint}")
        return None if weight is None else Buffer(weight)


class MSELoss(_Loss):
    """(x − y)² for x and y of one shape."""

    def __init__(self, *, reduction="mean"):
        super().__init__(reduction)

    def forward(self, input, target):
        """Two of one shape → the loss."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """|x − y| for x and y of one shape."""

    def __init__(self, *, reduction="mean"):
        super().__init__(reduction)

    def forward(self, input, target):
        """Two of one shape → the loss."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """(x − y)² / 2β where |x − y| < β, |x − y| − β/2 elsewhere, for x and y of one shape  (Girshick 2015)"""

    def __init__(self, *, reduction="mean", beta=1.0):
        super().__init__(reduction)
        self.beta = number(beta, "SmoothL1Loss: beta", 0)

    def forward(self, input, target):
        """Two of one shape → the loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """(x − y)² / 2 where |x − y| < δ, δ (|x − y| − δ/2) elsewhere, for x and y of one shape  (Huber 1964)"""

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction)
        self.delta = number(delta, "HuberLoss: delta", 0)

    def forward(self, input, target):
        """Two of one shape → the loss."""
        return F.huber_loss(input, target, self.reduction, self.delta)


class KLDivLoss(_Loss):
    """y (log y − x) for log-probabilities x and probabilities y of one shape, or log y with log_target=True.

    The reduction "batchmean" gives the divergence of each example's distribution, averaged over the batch.
    """

    def __init__(self, *, reduction="mean", log_target=False):
        super().__init__(reduction, ("batchmean",))
        self.log_target = log_target

    def forward(self, input, target):
        """Log-probabilities and probabilities of one shape → the loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(_Loss):
    """−w (y log x + (1 − y) log(1 − x)) for probabilities x and targets y of one shape."""

    def __init__(self, weight=None, *, reduction="mean"):
        super().__init__(reduction)
        self.weight = self._weight(weight)

    def forward(self, input, target):
        """Probabilities and targets of one shape → the loss."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """−w (p y log σ(x) + (1 − y) log(1 − σ(x))) for logits x and targets y of one shape, p being `pos_weight`."""

    def __init__(self, weight=None, *, reduction="mean", pos_weight=None):
        super().__init__(reduction)
        self.weight, self.pos_weight = self._weight(weight), self._weight(pos_weight, "pos_weight")

    def forward(self, input, target):
        """Logits and targets of one shape → the loss."""
        return F.binary_cross_entropy_with_logits(input, target, self.weight, self.pos_weight, reduction=self.reduction)


class CrossEntropyLoss(_Loss):
    """−Σ_c w_c q_c log softmax(x)_c for logits x (N, C, …) and labels y (N, …) or probabilities (N, C, …)."""

    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(reduction)
        self.weight, self.ignore_index, self.label_smoothing = self._weight(weight), ignore_index, label_smoothing

    def forward(self, input, target):
        """Logits (N, C, …) and labels (N, …), or probabilities (N, C, …) → the loss."""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_Loss):
    """−w_y x[y] for log-probabilities x (N, C, …) and labels y (N, …)."""

    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean"):
        super().__init__(reduction)
        self.weight, self.ignore_index = self._weight(weight), ignore_index

    def forward(self, input, target):
        """Log-probabilities (N, C, …) and labels (N, …) → the loss."""
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class MultiMarginLoss(_Loss):
    """The hinge loss w_y Σ_{j≠y} max(0, margin + xⱼ − x_y)ᵖ / C for scores x (N, C) and labels y (N,)."""

    def __init__(self, p=1, margin=1.0, weight=None, *, reduction="mean"):
        super().__init__(reduction)
        self.p, self.margin = whole(p, "MultiMarginLoss: p", 1, 2), number(margin, "MultiMarginLoss: margin")
        self.weight = self._weight(weight)

    def forward(self, input, target):
        """Scores (N, C) and labels (N,) → the loss."""
        return F.multi_margin_loss(input, target, self.p, self.margin, self.weight, reduction=self.reduction)


class CosineSimilarity(Module):
    """The cosine of the angle between two vectors along `dim`: see F.cosine_similarity."""

    def __init__(self, dim=1, eps=1e-8):
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1, x2):
        """Two of shapes that broadcast → their shape without `dim`."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """‖x − y + ε‖_p between vectors along the last dim: see F.pairwise_distance."""

    def __init__(self, p=2.0, eps=1e-6, keepdim=False):
        super().__init__()
        self.p, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1, x2):
        """(…, D) and (…, D) → (…), or (…, 1) with keepdim."""
        return F.pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)
