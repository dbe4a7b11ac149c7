"""Products against PyTorch."""

import numpy as np
import pytest
from parity import check_parity, normal

from nblib.autograd import einsum, float32, randn, tensor

EQUATIONS = [
    ("ij,jk->ik", (2, 3), (3, 5)),
    ("ij,jk", (2, 3), (3, 5)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii->", (3, 3)),
    ("ii", (3, 3)),
    ("iji->j", (3, 2, 3)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("i,j->ij", (2,), (3,)),
    ("bij,bjk->bik", (5, 2, 3), (5, 3, 2)),
    ("...ij,...jk->...ik", (5, 2, 3), (3, 2)),
    ("...ij,...jk", (1, 2, 3), (7, 3, 2)),
    ("bhqd,bhkd->bhqk", (2, 3, 5, 7), (2, 3, 4, 7)),
    ("ij,jk,kl->il", (2, 3), (3, 5), (5, 7)),
    ("nd,kd->nk", (4, 3), (5, 3)),
    ("ij,k->i", (2, 3), (5,)),
    ("i...->...", (2, 3, 4)),
    ("...->...", (2, 3)),
    ("ba,b", (2, 3), (2,)),
    (" i j , j k -> i k ", (2, 3), (3, 5)),
    ("ij,ik->ijk", (2, 1), (2, 3)),
    ("i,i,i->i", (3,), (3,), (3,)),
    (",->", (), ()),
]


@pytest.mark.parametrize("equation, shapes", [(e[0], e[1:]) for e in EQUATIONS], ids=[e[0] for e in EQUATIONS])
def test_einsum(equation, shapes):
    check_parity(lambda lib, *xs: lib.einsum(equation, *xs), *normal(4, *shapes))


def test_einsum_keeps_float32_and_leaves_constants_alone():
    a, b = randn(2, 3, requires_grad=True), randn(3, 4)
    y = einsum("ij,jk->ik", a, b)
    y.sum().backward()
    assert y.dtype == a.grad.dtype == float32 and b.grad is None


def test_outer_and_matmul_as_functions():
    check_parity(lambda lib, a, b: lib.outer(a, b) + a.outer(b), *normal(0, (3,), (5,)))
    check_parity(lambda lib, a, b: lib.matmul(a, b), *normal(0, (7, 2, 3), (3, 5)))


@pytest.mark.parametrize(
    "a, b", [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((4, 0, 3), (3, 2)), ((0,), (0,)), ((2, 3), (3, 0))]
)
def test_products_of_nothing(a, b):
    check_parity(lambda lib, x, y: x @ y, np.ones(a), np.ones(b))


# Errors in words ----------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "einsum without operands": (
        lambda: einsum("ij,jk->ik", X),
        ValueError,
        "einsum: wanted 2 operands for the equation",
    ),
    "einsum of another rank": (
        lambda: einsum("ijk->i", X),
        ValueError,
        r"einsum: wanted a letter for each dim, got 'ijk' for shape \(3, 4\)",
    ),
    "einsum of too many dims": (
        lambda: einsum("i->i", X),
        ValueError,
        "wanted a letter for each dim, got 'i' for shape",
    ),
    "einsum of two sizes": (lambda: einsum("ij,jk->ik", X, X), ValueError, "einsum: wanted one size for each letter"),
    "einsum to a new letter": (lambda: einsum("ij->k", X), ValueError, "a result made of letters on the left"),
    "einsum without an equation": (lambda: einsum(X, X), TypeError, "einsum: wanted an equation such as"),
    "outer of a matrix": (lambda: X.outer(X[0]), ValueError, r"outer: wanted two vectors, got \(3, 4\) and \(4,\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
