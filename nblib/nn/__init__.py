"""Models and their layers, under the names of torch.nn."""

from nblib.nn import functional, init, utils
from nblib.nn.activation import (ELU, GELU, SELU, Hardtanh, LeakyReLU, LogSigmoid, LogSoftmax, PReLU, ReLU, ReLU6,
                                 Sigmoid, SiLU, Softmax, Softplus, Tanh)
from nblib.nn.container import ModuleDict, ModuleList, ParameterList, Sequential
from nblib.nn.dropout import Dropout
from nblib.nn.embedding import Embedding
from nblib.nn.flatten import Flatten, Unflatten
from nblib.nn.linear import Identity, Linear
from nblib.nn.loss import (BCELoss, BCEWithLogitsLoss, CosineSimilarity, CrossEntropyLoss, HuberLoss, KLDivLoss, L1Loss,
                           MSELoss, MultiMarginLoss, NLLLoss, PairwiseDistance, SmoothL1Loss)
from nblib.nn.module import Buffer, Module, Parameter
from nblib.nn.norm import BatchNorm1d

__all__ = ["BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "Buffer", "CosineSimilarity", "CrossEntropyLoss", "Dropout",
           "ELU", "Embedding", "Flatten", "GELU", "Hardtanh", "HuberLoss", "Identity", "KLDivLoss", "L1Loss",
           "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MSELoss", "Module", "ModuleDict", "ModuleList",
           "MultiMarginLoss", "NLLLoss", "PReLU", "PairwiseDistance", "Parameter", "ParameterList", "ReLU", "ReLU6",
           "SELU", "Sequential", "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softplus", "Tanh", "Unflatten",
           "functional", "init", "utils"]
