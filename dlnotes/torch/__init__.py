"""The notes in PyTorch: the twins of `dlnotes.numpy`, under the same names.  `import dlnotes.torch as dt`."""

try:
    import torch
except ImportError as error:
    raise ImportError("dlnotes.torch needs PyTorch: pip install 'dlnotes[torch]'") from error

from dlnotes.torch import filters
from dlnotes.torch.activation import *
from dlnotes.torch.attention import *
from dlnotes.torch.conv import *
from dlnotes.torch.dropout import *
from dlnotes.torch.hyper import *
from dlnotes.torch.init import *
from dlnotes.torch.loss import *
from dlnotes.torch.nn import *
from dlnotes.torch.norm import *
from dlnotes.torch.optim import *
from dlnotes.torch.pool import *
from dlnotes.torch.recurrent import *
from dlnotes.torch.tensor import *
