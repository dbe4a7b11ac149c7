"""Activations, losses and layers as functions of tensors, under the names of torch.nn.functional."""

from nblib.nn.functional.activation import (elu, leaky_relu, log_softmax, prelu, relu, selu, sigmoid, softmax, tanh)
from nblib.nn.functional.conv import conv1d, conv2d
from nblib.nn.functional.dropout import dropout, dropout2d
from nblib.nn.functional.embedding import embedding, one_hot
from nblib.nn.functional.linear import linear
from nblib.nn.functional.loss import (binary_cross_entropy_with_logits, cross_entropy, l1_loss, mse_loss, multi_margin_loss,
                                      nll_loss)
from nblib.nn.functional.norm import batch_norm, group_norm, instance_norm, layer_norm, local_response_norm
from nblib.nn.functional.pooling import (adaptive_avg_pool2d, adaptive_max_pool2d, avg_pool1d, avg_pool2d, max_pool1d,
                                         max_pool2d)
from nblib.nn.functional.resize import interpolate

__all__ = ["adaptive_avg_pool2d", "adaptive_max_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm",
           "binary_cross_entropy_with_logits", "conv1d", "conv2d", "cross_entropy", "dropout", "dropout2d", "elu",
           "embedding", "group_norm", "instance_norm", "interpolate", "l1_loss", "layer_norm", "leaky_relu", "linear",
           "local_response_norm", "log_softmax", "max_pool1d", "max_pool2d", "mse_loss", "multi_margin_loss",
           "nll_loss", "one_hot", "prelu", "relu", "selu", "sigmoid", "softmax", "tanh"]
