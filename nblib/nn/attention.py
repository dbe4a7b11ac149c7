"""Attention with several heads."""

import numpy as np

from nblib._inputs import number, whole
from nblib.autograd import Tensor, zeros
from nblib.autograd.graph import check_tensors
from nblib.nn import functional as F
from nblib.nn.functional.attention import split_heads
from nblib.nn.init import xavier_uniform_, zeros_
from nblib.nn.linear import Linear
from nblib.nn.module import Module, Parameter


class MultiheadAttention(Module):
    """Several attentions side by side, each on its own E/h columns of Q W_qᵀ, K W_kᵀ and V W_vᵀ, mixed by `out_proj`

    (Vaswani et al. 2017), with E = embed_dim and h = num_heads. `in_proj_weight` (3E, E) holds W_q, W_k and W_v one
    below the other. Takes query (L, N, E), key and value (S, N, E), or (N, L, E) and (N, S, E) with batch_first, or all
    three without N; returns a tensor shaped as the query and the weights (N, L, S), their mean over the heads.
    """

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, *, batch_first=False):
        super().__init__()
        self.embed_dim, self.num_heads = whole(embed_dim, "embed_dim", 1), whole(num_heads, "num_heads", 1)
        if embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention: wanted a width that {num_heads} heads divide, got embed_dim={embed_dim}"
            )
        self.dropout, self.batch_first = number(dropout, "dropout", 0, 1), bool(batch_first)
        self.in_proj_weight = Parameter(xavier_uniform_(zeros(3 * embed_dim, embed_dim)))
        self.in_proj_bias = Parameter(zeros(3 * embed_dim)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias)
        if bias:
            zeros_(self.out_proj.bias)

    def forward(
        self,
        query,
        key,
        value,
        key_padding_mask=None,
        need_weights=True,
        attn_mask=None,
        average_attn_weights=True,
        is_causal=False,
    ):
        """The result and the weights: None without need_weights, (N, h, L, S) without average_attn_weights.

        Masks are true where a query may *not* look, or floats to add to the scores: key_padding_mask (N, S), attn_mask
        (L, S) or (N · h, L, S). `is_causal` only says that attn_mask is causal, which has to be given. A query that may
        look nowhere gets weights of 0, where PyTorch has NaN as long as weights are asked for.
        """
        self._check(query, key, value)
        if is_causal and attn_mask is None:
            raise ValueError("MultiheadAttention: wanted attn_mask with is_causal=True, which only says what it is")
        q, k, v = self._heads(query, key, value)
        if key_padding_mask is not None and query.ndim == 2:
            check_tensors("MultiheadAttention", key_padding_mask)
            key_padding_mask = key_padding_mask.unsqueeze(0)
        mask = self._mask(key_padding_mask, attn_mask, q.shape[0], q.shape[2], k.shape[2])
        attended = F.scaled_dot_product_attention(
            q, k, v, mask, self.dropout if self.training else 0.0, need_weights=need_weights
        )
        y, weights = attended if need_weights else (attended, None)
        y = self.out_proj(y.transpose(1, 2).reshape(y.shape[0], y.shape[2], self.embed_dim))
        if need_weights and average_attn_weights:
            weights = weights.sum(1) / self.num_heads  # a mean that an empty batch has too
        if query.ndim == 2:
            return y.squeeze(0), None if weights is None else weights.squeeze(0)
        return y if self.batch_first else y.transpose(0, 1), weights

    def _heads(self, query, key, value):
        """Queries, keys and values by head, (N, h, L or S, E/h)."""
        if query is key and key is value:  # self-attention: one product for all three
            x = F.linear(self._batch_first(query), self.in_proj_weight, self.in_proj_bias)
            return split_heads(x, self.num_heads, parts=3)
        heads, E = [], self.embed_dim
        for i, x in enumerate((query, key, value)):
            rows = slice(i * E, (i + 1) * E)
            bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
            heads += split_heads(F.linear(self._batch_first(x), self.in_proj_weight[rows], bias), self.num_heads)
        return heads

    def _batch_first(self, x):
        return x.unsqueeze(0) if x.ndim == 2 else x if self.batch_first else x.transpose(0, 1)

    def _mask(self, padding, mask, batch, length, source):
        """Both masks, each of which may be None, as one for F.scaled_dot_product_attention."""
        masks = []
        if padding is not None:
            self._check_mask("key_padding_mask", padding, [(batch, source)])
            masks.append(padding.reshape(batch, 1, 1, source))
        if mask is not None:
            self._check_mask("attn_mask", mask, [(length, source), (batch * self.num_heads, length, source)])
            masks.append(mask if mask.ndim == 2 else mask.reshape(batch, self.num_heads, length, source))
        if all(m.dtype == bool for m in masks):  # true where a query may look, from where it may not
            return Tensor(~(masks[0].data | masks[-1].data)) if masks else None
        dtype = self.in_proj_weight.dtype
        return sum(Tensor(np.where(m.data, -np.inf, 0).astype(dtype)) if m.dtype == bool else m for m in masks)

    def _check_mask(self, name, mask, shapes):
        check_tensors("MultiheadAttention", mask)
        if mask.shape not in shapes:
            wanted = " or ".join(map(str, shapes))
            raise ValueError(f"MultiheadAttention: wanted {name} of shape {wanted}, got {mask.shape}")
        if mask.dtype not in (bool, self.in_proj_weight.dtype):
            raise TypeError(
                f"MultiheadAttention: wanted {name} of True (do not look) and False, or of dtype "
                f"{self.in_proj_weight.dtype}, got {mask.dtype}"
            )

    def _check(self, query, key, value):
        check_tensors("MultiheadAttention", query, key, value)
        batched = f"({'N, L' if self.batch_first else 'L, N'}, {self.embed_dim})"
        for name, x in ("query", query), ("key", key), ("value", value):
            if x.ndim not in (2, 3) or x.ndim != query.ndim or x.shape[-1] != self.embed_dim:
                raise ValueError(
                    f"MultiheadAttention: wanted a {name} of shape {batched} or (L, {self.embed_dim}), "
                    f"with as many dims as the query, got {x.shape}"
                )
        batch = 0 if self.batch_first else 1
        if key.shape != value.shape or query.ndim == 3 and query.shape[batch] != key.shape[batch]:
            raise ValueError(
                f"MultiheadAttention: wanted a query {batched}, a key and a value of one shape with the "
                f"same N, got {query.shape}, {key.shape} and {value.shape}, since "
                f"batch_first={self.batch_first}"
            )
