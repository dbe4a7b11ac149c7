"""Models and their layers, under the names of torch.nn."""

from nblib.nn import functional, init, utils
from nblib.nn.activation import (ELU, SELU, Flatten, Identity, LeakyReLU, LogSoftmax, PReLU, ReLU, Sigmoid, Softmax, Tanh)
from nblib.nn.conv import Conv1d, Conv2d
from nblib.nn.dropout import Dropout, Dropout2d
from nblib.nn.embedding import Embedding
from nblib.nn.linear import Linear
from nblib.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, MultiMarginLoss, NLLLoss
from nblib.nn.module import Buffer, Module, ModuleList, Parameter, Sequential
from nblib.nn.norm import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, LocalResponseNorm
from nblib.nn.pooling import AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from nblib.nn.resize import Upsample

__all__ = ["AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "AvgPool1d", "AvgPool2d", "BCEWithLogitsLoss", "BatchNorm1d",
           "BatchNorm2d", "Buffer", "Conv1d", "Conv2d", "CrossEntropyLoss", "Dropout", "Dropout2d", "ELU", "Embedding",
           "Flatten", "GroupNorm", "Identity", "L1Loss", "LayerNorm", "LeakyReLU", "Linear", "LocalResponseNorm",
           "LogSoftmax", "MSELoss", "MaxPool1d", "MaxPool2d", "Module", "ModuleList", "MultiMarginLoss", "NLLLoss",
           "PReLU", "Parameter", "ReLU", "SELU", "Sequential", "Sigmoid", "Softmax", "Tanh", "Upsample", "functional",
           "init", "utils"]
