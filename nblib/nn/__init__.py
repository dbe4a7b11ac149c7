"""Models and their layers, under the names of torch.nn."""

from nblib.nn import functional, init, utils
from nblib.nn.activation import (ELU, SELU, Flatten, Identity, LeakyReLU, LogSoftmax, PReLU, ReLU, Sigmoid, Softmax, Tanh)
from nblib.nn.attention import MultiheadAttention
from nblib.nn.dropout import Dropout
from nblib.nn.embedding import Embedding
from nblib.nn.linear import Linear
from nblib.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, MultiMarginLoss, NLLLoss
from nblib.nn.module import Buffer, Module, ModuleList, Parameter, Sequential
from nblib.nn.norm import BatchNorm1d
from nblib.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from nblib.nn.transformer import TransformerEncoder, TransformerEncoderLayer

__all__ = ["BCEWithLogitsLoss", "BatchNorm1d", "Buffer", "CrossEntropyLoss", "Dropout", "ELU", "Embedding", "Flatten",
           "GRU", "GRUCell", "Identity", "L1Loss", "LSTM", "LSTMCell", "LeakyReLU", "Linear", "LogSoftmax", "MSELoss",
           "Module", "ModuleList", "MultiMarginLoss", "MultiheadAttention", "NLLLoss", "PReLU", "Parameter", "RNN",
           "RNNCell", "ReLU", "SELU", "Sequential", "Sigmoid", "Softmax", "Tanh", "TransformerEncoder",
           "TransformerEncoderLayer", "functional", "init", "utils"]
