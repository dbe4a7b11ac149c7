"""A table of vectors."""

from nblib._inputs import whole
from nblib.autograd import randn
from nblib.autograd.graph import check_tensors
from nblib.nn import functional as F
from nblib.nn.functional.embedding import padding_row
from nblib.nn.module import Module, Parameter


class Embedding(Module):
    """A row of numbers for each of `num_embeddings` whole numbers; the table `weight` starts as N(0, 1).

    The row `padding_idx`, if there is one, starts at zero and has no gradient: it stays what it is.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, *, _weight=None):
        super().__init__()
        self.num_embeddings = whole(num_embeddings, "num_embeddings", 1)
        self.embedding_dim = whole(embedding_dim, "embedding_dim", 1)
        if padding_idx is not None:
            padding_idx = padding_row(padding_idx, num_embeddings, "padding_idx")
        self.padding_idx = padding_idx
        self.weight = Parameter(randn(num_embeddings, embedding_dim) if _weight is None else _weight)
        if padding_idx is not None and _weight is None:
            self.weight.data[padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None):
        """An Embedding of these vectors (V, D), for instance a published table; frozen unless freeze=False."""
        check_tensors("from_pretrained", embeddings)
        if embeddings.ndim != 2:
            raise ValueError(f"from_pretrained: wanted vectors of shape (V, D), got {embeddings.shape}")
        layer = cls(*embeddings.shape, padding_idx, _weight=embeddings)
        layer.weight.requires_grad = not freeze
        return layer

    def forward(self, input):
        """Whole numbers of shape S -> their rows, of shape S + (embedding_dim,)."""
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        """The sizes, and the row of padding."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
