"""A table of vectors."""

from nblib._inputs import whole
from nblib.autograd import randn
from nblib.nn import functional as F
from nblib.nn.module import Module, Parameter


class Embedding(Module):
    """A row of numbers for each of `num_embeddings` whole numbers; the table `weight` starts as N(0, 1)."""

    def __init__(self, num_embeddings, embedding_dim):
        super().__init__()
        rows, columns = whole(num_embeddings, "num_embeddings", 1), whole(embedding_dim, "embedding_dim", 1)
        self.weight = Parameter(randn(rows, columns))

    def forward(self, input):
        return F.embedding(input, self.weight)

    def extra_repr(self):
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"
