"""Activations, losses and layers as functions of tensors, under the names of torch.nn.functional."""

from nblib.nn.functional.activation import (elu, leaky_relu, log_softmax, prelu, relu, selu, sigmoid, softmax, tanh)
from nblib.nn.functional.attention import scaled_dot_product_attention
from nblib.nn.functional.dropout import dropout
from nblib.nn.functional.embedding import embedding, one_hot
from nblib.nn.functional.linear import linear
from nblib.nn.functional.loss import (binary_cross_entropy_with_logits, cross_entropy, l1_loss, mse_loss, multi_margin_loss,
                                      nll_loss)
from nblib.nn.functional.norm import batch_norm

__all__ = ["batch_norm", "binary_cross_entropy_with_logits", "cross_entropy", "dropout", "elu", "embedding", "l1_loss",
           "leaky_relu", "linear", "log_softmax", "mse_loss", "multi_margin_loss", "nll_loss", "one_hot", "prelu",
           "relu", "scaled_dot_product_attention", "selu", "sigmoid", "softmax", "tanh"]
