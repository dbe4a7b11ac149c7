"""Activations, losses and layers as functions of tensors, under the names of torch.nn.functional."""

from nblib.nn.functional.activation import (elu, gelu, hardtanh, leaky_relu, log_softmax, logsigmoid, prelu, relu,
                                            relu6, selu, sigmoid, silu, softmax, softplus, tanh)
from nblib.nn.functional.dropout import dropout
from nblib.nn.functional.embedding import embedding, one_hot
from nblib.nn.functional.linear import linear
from nblib.nn.functional.loss import (binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, huber_loss,
                                      kl_div, l1_loss, mse_loss, multi_margin_loss, nll_loss, smooth_l1_loss)
from nblib.nn.functional.norm import batch_norm
from nblib.nn.functional.similarity import cosine_similarity, normalize, pairwise_distance

__all__ = ["batch_norm", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_similarity",
           "cross_entropy", "dropout", "elu", "embedding", "gelu", "hardtanh", "huber_loss", "kl_div", "l1_loss",
           "leaky_relu", "linear", "log_softmax", "logsigmoid", "mse_loss", "multi_margin_loss", "nll_loss",
           "normalize", "one_hot", "pairwise_distance", "prelu", "relu", "relu6", "selu", "sigmoid", "silu",
           "smooth_l1_loss", "softmax", "softplus", "tanh"]
