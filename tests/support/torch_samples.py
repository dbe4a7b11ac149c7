"""PyTorch's own sample inputs for each of its operations, run through nblib.

    python tests/support/torch_samples.py [names…]

prints how many samples agree with PyTorch in values, dtypes and gradients, how many are refused in words
("wanted …"), and every one that differs or ends in an error without them.
"""

import itertools
import sys
import types
import unittest
import warnings
from collections import Counter

import numpy as np
import torch

from nblib import autograd
from nblib.autograd import Tensor
from nblib.nn import functional

DTYPES = {
    torch.float64: autograd.float64,
    torch.float32: autograd.float32,
    torch.int64: autograd.int64,
    torch.bool: np.dtype(bool),
}
OF_TENSORS = {name: getattr(Tensor, name) for name in vars(Tensor) if not name.startswith("_")}
FUNCTIONS = {
    **OF_TENSORS,
    **{name: getattr(autograd, name) for name in autograd.__all__},
    "__getitem__": Tensor.__getitem__,
    **{f"nn.functional.{name}": getattr(functional, name) for name in functional.__all__},
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    **{
        name: getattr(Tensor, name)
        for name in (
            "__radd__",
            "__rsub__",
            "__rmul__",
            "__rmatmul__",
            "__rpow__",
            "__rmod__",
            "__rand__",
            "__ror__",
            "__rxor__",
        )
    },
}
if hasattr(autograd, "shapes"):
    FUNCTIONS |= {
        "nn.functional.pad": autograd.shapes.pad,
        "where": Tensor.where,
        "einsum": lambda operands, equation: autograd.einsum(equation, *operands),
    }
# Random, or about memory and not about numbers; `to` and `item` have other arguments or no tensor to give.
LEFT_OUT = {
    "bernoulli",
    "multinomial",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "to",
    "item",
    "contiguous",
    "clone",
    "nn.functional.dropout",
    "nn.functional.dropout2d",
}


def database():
    """The operations of PyTorch with their sample inputs; its tests need a package that we do without."""
    sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
    return op_db


def offered(names=()):
    """(name, operation) of all that nblib has too; only of those in `names`, if there are any."""
    for op in database():
        if op.name in FUNCTIONS and op.name not in LEFT_OUT and (not names or op.name in names):
            yield op.name, op


def samples(op, most=None):
    """The sample inputs of an operation in float64, int64 and bool: at most so many of each, or all and more.

    "More" are the reference inputs, with NaN and infinities, other layouts in memory, other dtypes.
    """
    for dtype in (torch.float64, torch.int64, torch.bool):
        if dtype in op.dtypes:
            torch.manual_seed(0)
            gradients = dtype == torch.float64 and op.supports_autograd
            if most is None:
                drawn = _reference_inputs(op, dtype, gradients)
            else:
                drawn = itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=gradients), most)
            yield from filter(_in_our_dtypes, drawn)


def _reference_inputs(op, dtype, gradients):
    try:
        return list(op.reference_inputs("cpu", dtype, requires_grad=gradients))
    except ValueError:  # a few ask for gradients of whole numbers there
        return list(op.sample_inputs("cpu", dtype, requires_grad=gradients))


def wrong_samples(op):
    """Inputs that PyTorch refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = [error.sample_input for error in op.error_inputs("cpu")] if op.error_inputs_func else []
    yield from filter(_in_our_dtypes, drawn)


def _in_our_dtypes(sample):  # NumPy has 64 dims at most
    known = (*DTYPES, torch.int32, torch.uint8)
    return all(
        x.dtype in known and x.device.type == "cpu" and x.layout == torch.strided and x.ndim <= 64
        for x in tensors([sample.input, sample.args, sample.kwargs], torch.Tensor)
    )


def leaf(x):
    """A tensor of PyTorch as a leaf; anything else as it is."""
    return x.detach().clone().requires_grad_(x.requires_grad) if isinstance(x, torch.Tensor) else x


def ours(x):
    """A tensor or dtype of PyTorch as one of nblib; anything else as it is."""
    if isinstance(x, torch.Tensor):
        return autograd.tensor(x.detach().numpy(), requires_grad=x.requires_grad)
    return DTYPES.get(x, x) if isinstance(x, torch.dtype) else x


def everywhere(change, value):
    """A value, with all that it contains, changed."""
    if isinstance(value, (tuple, list)):
        return (list if isinstance(value, list) else tuple)(everywhere(change, x) for x in value)
    if isinstance(value, dict):
        return {key: everywhere(change, x) for key, x in value.items()}
    if isinstance(value, slice):
        return slice(*(everywhere(change, x) for x in (value.start, value.stop, value.step)))
    return change(value)


def tensors(value, kind):
    """All tensors in a value, in order."""
    if isinstance(value, kind):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [x for part in inside for x in tensors(part, kind)]


def refusal(name, sample):
    """ "refused: …", "unclear: …" or "accepted" for an input that PyTorch refuses."""
    args, options = everywhere(ours, ([sample.input, *sample.args], sample.kwargs))
    try:
        FUNCTIONS[name](*args, **options)
    except Exception as error:
        return _in_words(error)
    return "accepted"


def _in_words(error):
    kind = (
        "refused"
        if "wanted " in str(error)
        else "not offered"
        if "unexpected keyword argument" in str(error)
        else "unclear"
    )
    return f"{kind}: {type(error).__name__}: {error}"


def outcome(name, op, sample):
    """ "agrees", "refused: …", "differs: …" or "unclear: …" for one sample."""
    inputs = everywhere(leaf, ([sample.input, *sample.args], sample.kwargs))
    args, options = everywhere(ours, inputs)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        wanted = op(*inputs[0], **inputs[1])
        if wanted is NotImplemented:
            return "agrees"
        try:
            got = FUNCTIONS[name](*args, **options)
            return _difference(name, inputs, wanted, (args, options), got) or "agrees"
        except Exception as error:
            return _in_words(error)


def _difference(name, inputs, wanted, own_inputs, got):
    """What is not equal, in words; None if all is."""
    results, own = tensors(wanted, torch.Tensor), tensors(got, Tensor)
    if not results and not own:
        return None if wanted == got else f"differs: {got} for {wanted}"
    if name in ("sort", "argsort", "topk"):  # which of equal numbers comes first is left open
        results[-1], own[-1] = _at(name, results[-1], inputs), _at(name, own[-1], own_inputs)
    if len(results) != len(own):
        return f"differs: {len(own)} results for {len(results)}"
    for x, y in zip(results, own):
        if DTYPES.get(x.dtype, x.dtype) != y.dtype:
            return f"differs: dtype {y.dtype} for {x.dtype}"
        if not _same(x, y):
            return f"differs: {y} for {x}"
        if x.requires_grad != y.requires_grad:
            return f"differs: requires_grad {y.requires_grad} for {x.requires_grad}"
    return _gradient_difference(inputs, results, own_inputs, own)


def _at(name, indices, inputs):
    """The numbers to which the result of a sort points."""
    (x, *positional), named = inputs
    first = 1 if name == "topk" else 0  # topk(x, k, dim), sort(x, dim)
    dim = named.get("dim", positional[first] if len(positional) > first else -1)
    lib = torch if isinstance(x, torch.Tensor) else autograd
    return lib.gather(x.detach(), dim, indices) if x.ndim else indices


def _gradient_difference(inputs, results, own_inputs, own):
    leaves, own_leaves = tensors(inputs, torch.Tensor), tensors(own_inputs, Tensor)
    rng = np.random.default_rng(0)
    pairs = [(x, y, rng.standard_normal(y.shape)) for x, y in zip(results, own) if x.requires_grad]
    if not pairs:
        return None
    try:
        wanted = torch.autograd.grad(
            [x for x, _, _ in pairs],
            [x for x in leaves if x.requires_grad],
            [torch.tensor(g) for _, _, g in pairs],
            allow_unused=True,
        )
    except RuntimeError:  # PyTorch has no derivative here
        return None
    total = None
    for _, y, g in pairs:
        part = (y * autograd.tensor(g)).sum()
        total = part if total is None else total + part
    total.backward()
    for x, y in zip(wanted, [y for y in own_leaves if y.requires_grad]):
        zeros = torch.zeros(y.shape, dtype=torch.float64)
        if not _same(zeros if x is None else x, zeros if y.grad is None else y.grad):
            return f"differs: gradient {y.grad} for {x}"
    return None


def _same(x, y):
    tolerance = 2e-6 if y.dtype == autograd.float32 else 1e-10
    return tuple(x.shape) == tuple(y.shape) and np.allclose(
        x.detach().numpy(), y.detach().numpy(), rtol=tolerance, atol=tolerance, equal_nan=True
    )


def main(names):
    counts = Counter()
    for name, op in offered(names):
        own, words = Counter(), Counter()
        results = [outcome(name, op, sample) for sample in samples(op)]
        results += [f"wrong input, {refusal(name, sample)}" for sample in wrong_samples(op)]
        for result in results:
            own[result.split(":")[0]] += 1
            words[result[:150].replace("\n", " ")] += 1
        counts += own
        print(f"{name:28} {dict(own)}")
        for text, n in words.most_common(6):
            if text != "agrees":
                print(f"      {n} × {text}")
    print(dict(counts), "of", sum(counts.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
