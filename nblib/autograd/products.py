"""Products of matrices and vectors."""

import math

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
        if B.ndim == 2:                 # was used for every matrix on the left: one product adds them up
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


@operation(wants="sizes that agree for each letter")
def einsum(equation, *operands):
    """The sum over all letters that the right side of the equation lacks: "nd,kd->nk" is X Wᵀ.

    `...` stands for any dims, which broadcast. The gradient of an operand is an einsum too, of the gradient and
    of the other operands. Raises ValueError for an equation that does not fit.
    """
    terms, result = _letters(equation, [x.shape for x in operands])
    value = np.einsum(",".join(terms) + "->" + result, *operands, optimize=True)
    return value, None, *(_einsum_vjp(i, operands, terms, result) for i in range(len(operands)))


def _letters(equation, shapes):
    """The letters of each operand and of the result, with letters for `...` too."""
    if not isinstance(equation, str):
        raise TypeError(f'wanted an equation such as "ij,jk->ik" first, got {describe(equation)}')
    left, arrow, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"wanted an operand for each of {len(terms)} terms of {equation!r}, got {len(shapes)}")
    unused = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in equation]
    dims = [len(shape) - len(term.replace("...", "")) for term, shape in zip(terms, shapes)]
    for term, shape, more in zip(terms, shapes, dims):
        if more < 0 or more > 0 and "..." not in term or not term.replace("...", "", 1).isalpha() and term not in ("", "..."):
            raise ValueError(f"wanted a letter for each dim, got {term!r} for shape {shape}")
    most = max([more for term, more in zip(terms, dims) if "..." in term], default=0)
    if not arrow:                       # the letters that occur once, in the order of the alphabet
        once = sorted(c for c in set(left) - set(".,") if left.count(c) == 1)
        result = "..." * ("..." in left) + "".join(once)
    spelled = [term.replace("...", "".join(unused[most - more:most])) for term, more in zip(terms, dims)]
    return spelled, result.replace("...", "".join(unused[:most]))


def _einsum_vjp(i, operands, terms, result):
    own = "".join(dict.fromkeys(terms[i]))                              # each letter once
    others = [x for j, x in enumerate(operands) if j != i]
    sources = [result, *(term for j, term in enumerate(terms) if j != i)]
    known = "".join(c for c in own if any(c in source for source in sources))

    def vjp(g):
        share = np.einsum(",".join(sources) + "->" + known, g, *others, optimize=True)
        share = np.expand_dims(share, tuple(k for k, c in enumerate(own) if c not in known))
        if own == terms[i]:
            sizes = dict(zip(terms[i], operands[i].shape))
            return np.broadcast_to(share, np.broadcast_shapes(share.shape, tuple(sizes[c] for c in own)))
        out = np.zeros_like(operands[i])                                # a letter twice: only the diagonal
        np.einsum(terms[i] + "->" + own, out)[...] = share
        return out
    return vjp
