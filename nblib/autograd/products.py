"""Products of matrices and vectors."""

import math
import string

import numpy as np

from nblib._inputs import describe
from nblib.autograd.graph import operation


@operation(wants="shapes (…, n, k) and (…, k, m), … being equal or 1")
def matmul(a, b):
    """(…, n, k) @ (…, k, m) -> (…, n, m); a vector is one row on the left, one column on the right.

    For Y = A B the gradients are G Bᵀ and Aᵀ G. Raises ValueError for shapes that do not fit, TypeError for
    two dtypes.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ValueError(f"wanted shapes (…, n, k) and (…, k, m), got {a.shape} and {b.shape}")
    if a.dtype != b.dtype:
        raise TypeError(f"wanted one dtype, got {a.dtype} and {b.dtype}; use .to(dtype)")
    A, B = a if a.ndim > 1 else a[None], b if b.ndim > 1 else b[:, None]

    def as_matrices(g):
        g = g if b.ndim > 1 else np.expand_dims(g, -1)
        return g if a.ndim > 1 else np.expand_dims(g, -2)

    def of_right(g):
        G = as_matrices(g)
        if B.ndim == 2:  # was used for every matrix on the left: one product adds them up
            n = math.prod(A.shape[:-1])
            whole = A.reshape(n, A.shape[-1]).T @ G.reshape(n, G.shape[-1])
        else:
            whole = A.swapaxes(-1, -2) @ G
        return whole if b.ndim > 1 else whole[..., 0]

    return a @ b, lambda g: as_matrices(g) @ B.swapaxes(-1, -2), of_right


@operation
def outer(input, vec2):
    """aᵢ bⱼ for vectors a (n,) and b (m,); the result is (n, m)."""
    if np.ndim(input) != 1 or np.ndim(vec2) != 1:
        raise ValueError(f"wanted two vectors, got {np.shape(input)} and {np.shape(vec2)}")
    return np.outer(input, vec2), lambda g: g @ vec2, lambda g: input @ g


@operation(wants="one size for each letter, and a result made of letters on the left")
def einsum(equation, *operands):
    """The sum over all letters that the right side of the equation lacks: "nd,kd->nk" is X Wᵀ.

    `...` stands for any dims, which broadcast; without "->" the result has the letters that occur once, in
    alphabetical order. The gradient of an operand is such a sum too, of g and the other operands.
    Raises ValueError for an equation or operands that do not fit.
    """
    if not isinstance(equation, str):
        raise TypeError(f'wanted an equation such as "ij,jk->ik" first, got {describe(equation)}')
    terms, result = _letters(equation, [x.shape for x in operands])
    value = np.einsum(",".join(terms) + "->" + result, *operands, optimize=True)
    return value, None, *(_einsum_vjp(i, operands, terms, result) for i in range(len(operands)))


def _letters(equation, shapes):
    """The letters of each operand and of the result, with unused ones for the dims of `...`."""
    left, arrow, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"wanted {len(terms)} operands for the equation {equation!r}, got {len(shapes)}")
    more = [_dims_of_dots(term, shape) for term, shape in zip(terms, shapes)]
    dots = [c for c in string.ascii_letters if c not in equation][: max(more)]
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        result = "..." * ("..." in left) + "".join(sorted(c for c in letters if letters.count(c) == 1))
    spelled = [term.replace("...", "".join(dots[len(dots) - n :])) for term, n in zip(terms, more)]
    return spelled, result.replace("...", "".join(dots))


def _dims_of_dots(term, shape):
    """For how many dims of an operand `...` stands."""
    letters = term.replace("...", "", 1)
    more = len(shape) - len(letters)
    if more < 0 or more > 0 and "..." not in term or letters and not letters.isalpha():
        raise ValueError(f"wanted a letter for each dim, got {term!r} for shape {shape}")
    return more


def _einsum_vjp(i, operands, terms, result):
    letters = "".join(dict.fromkeys(terms[i]))  # each once
    sources = [result, *terms[:i], *terms[i + 1 :]]
    known = "".join(c for c in letters if any(c in source for source in sources))

    def vjp(g):
        share = np.einsum(",".join(sources) + "->" + known, g, *operands[:i], *operands[i + 1 :], optimize=True)
        share = np.expand_dims(share, tuple(k for k, c in enumerate(letters) if c not in known))
        if letters == terms[i]:  # a letter that is nowhere else was summed: its numbers get the same
            return np.broadcast_to(share, np.broadcast_shapes(share.shape, operands[i].shape))
        out = np.zeros_like(operands[i])
        np.einsum(terms[i] + "->" + letters, out)[...] = share  # a letter twice: the diagonal, as a view
        return out

    return vjp
