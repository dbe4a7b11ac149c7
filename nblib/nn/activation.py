"""Activations as modules, each on every number of any shape unless it says otherwise. See nblib.nn.functional."""

from nblib._inputs import whole
from nblib.autograd import ones
from nblib.nn import functional as F
from nblib.nn.module import Module, Parameter


class ReLU(Module):
    """max(0, x); the slope at 0 is 0."""

    def __init__(self):
        super().__init__()

    def forward(self, input):
        """(…) → (…)"""
        return F.relu(input)


class LeakyReLU(Module):
    """max(0, x) + negative_slope · min(0, x)  (Maas, Hannun & Ng 2013)"""

    shown = ("negative_slope",)

    def __init__(self, negative_slope=0.01):
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input):
        """(…) → (…)"""
        return F.leaky_relu(input, self.negative_slope)


class PReLU(Module):
    """max(0, x) + w · min(0, x) with one learned w, or one per feature, dim 1 of x (N, C, …)  (He et al. 2015)"""

    shown = ("num_parameters",)

    def __init__(self, num_parameters=1, init=0.25):
        super().__init__()
        self.num_parameters = whole(num_parameters, "num_parameters", 1)
        self.weight = Parameter(ones(num_parameters) * init)

    def forward(self, input):
        """(…) → (…)"""
        return F.prelu(input, self.weight)


class ELU(Module):
    """x where x > 0, alpha · (eˣ − 1) elsewhere  (Clevert, Unterthiner & Hochreiter 2016)"""

    shown = ("alpha",)

    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, input):
        """(…) → (…)"""
        return F.elu(input, self.alpha)


class SELU(Module):
    """λ elu(x, α), with the λ and α that keep mean 0 and variance 1 by layer  (Klambauer et al. 2017)"""

    def __init__(self):
        super().__init__()

    def forward(self, input):
        """(…) → (…)"""
        return F.selu(input)


class GELU(Module):
    """x Φ(x), with the normal distribution Φ, or with approximate="tanh" nearly so  (Hendrycks & Gimpel 2016)"""

    shown = ("approximate",)

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input):
        """(…) → (…)"""
        return F.gelu(input, self.approximate)


class SiLU(Module):
    """x σ(x), also called swish  (Elfwing, Uchibe & Doya 2018)"""

    def __init__(self):
        super().__init__()

    def forward(self, input):
        """(…) → (…)"""
        return F.silu(input)


class Softplus(Module):
    """log(1 + e^βx) / β, a smooth ReLU; x itself where βx > threshold  (Dugas et al. 2001)"""

    shown = ("beta", "threshold")

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input):
        """(…) → (…)"""
        return F.softplus(input, self.beta, self.threshold)


class Hardtanh(Module):
    """min(max(x, min_val), max_val)"""

    shown = ("min_val", "max_val")

    def __init__(self, min_val=-1.0, max_val=1.0):
        super().__init__()
        self.min_val, self.max_val = min_val, max_val

    def forward(self, input):
        """(…) → (…)"""
        return F.hardtanh(input, self.min_val, self.max_val)


class ReLU6(Module):
    """min(max(x, 0), 6)  (Howard et al. 2017)"""

    def __init__(self):
        super().__init__()

    def forward(self, input):
        """(…) → (…)"""
        return F.relu6(input)


class Sigmoid(Module):
    """σ(x) = 1 / (1 + e⁻ˣ)"""

    def __init__(self):
        super().__init__()

    def forward(self, input):
        """(…) → (…)"""
        return F.sigmoid(input)


class LogSigmoid(Module):
    """log σ(x), finite for any x"""

    def __init__(self):
        super().__init__()

    def forward(self, input):
        """(…) → (…)"""
        return F.logsigmoid(input)


class Tanh(Module):
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)"""

    def __init__(self):
        super().__init__()

    def forward(self, input):
        """(…) → (…)"""
        return F.tanh(input)


class Softmax(Module):
    """e^xᵢ / Σ e^xⱼ along `dim`"""

    shown = ("dim",)

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        """(…) → (…)"""
        return F.softmax(input, self.dim)


class LogSoftmax(Module):
    """xᵢ − log Σ e^xⱼ along `dim`"""

    shown = ("dim",)

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        """(…) → (…)"""
        return F.log_softmax(input, self.dim)
