"""The encoder of the Transformer; with a causal mask, the blocks of a GPT."""

import copy

from nblib._inputs import describe, one_of, whole
from nblib.nn import functional as F
from nblib.nn.attention import MultiheadAttention
from nblib.nn.container import ModuleList
from nblib.nn.dropout import Dropout
from nblib.nn.linear import Linear
from nblib.nn.module import Module
from nblib.nn.norm import LayerNorm

ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu}


class TransformerEncoderLayer(Module):
    """A block: self-attention, then the same small network for every position, each added to what came in.

    y = LN₁(x + attention(x)), z = LN₂(y + W₂ a(W₁ y + b₁) + b₂)  (Vaswani et al. 2017), or with norm_first
    y = x + attention(LN₁ x), z = y + W₂ a(W₁ LN₂ y + b₁) + b₂, where one sum runs through all blocks untouched. Takes
    and returns (T, N, d_model), with batch_first (N, T, d_model). The activation a is "relu", "gelu" or a function.
    """

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation="relu",
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
    ):
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first)
        self.linear1, self.dropout = Linear(d_model, dim_feedforward, bias), Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias)
        self.norm_first = norm_first
        self.norm1, self.norm2 = (LayerNorm(d_model, layer_norm_eps, bias=bias) for _ in range(2))
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = (
            activation if callable(activation) else ACTIVATIONS[one_of(activation, "activation", ACTIVATIONS)]
        )

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        """src_mask (T, T) and src_key_padding_mask (N, T): those of MultiheadAttention, true where *not* to look."""
        masks = src_mask, src_key_padding_mask, is_causal
        if self.norm_first:
            x = src + self._attention(self.norm1(src), *masks)
            return x + self._feed_forward(self.norm2(x))
        x = self.norm1(src + self._attention(src, *masks))
        return self.norm2(x + self._feed_forward(x))

    def _attention(self, x, mask, padding, is_causal):
        y, _ = self.self_attn(x, x, x, padding, need_weights=False, attn_mask=mask, is_causal=is_causal)
        return self.dropout1(y)

    def _feed_forward(self, x):
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoder(Module):
    """`num_layers` copies of a layer, one after the other, and then `norm` if there is one.

    The copies start with the same numbers, as in PyTorch: give them others where that matters.
    """

    def __init__(self, encoder_layer, num_layers, norm=None):
        super().__init__()
        if not isinstance(encoder_layer, Module):
            raise TypeError(f"TransformerEncoder: wanted a layer to copy, got {describe(encoder_layer)}")
        self.layers = ModuleList(copy.deepcopy(encoder_layer) for _ in range(whole(num_layers, "num_layers", 1)))
        self.norm = norm

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=False):
        """The masks go to every layer."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, is_causal)
        return src if self.norm is None else self.norm(src)
