"""The notes written out in NumPy: every public name, flat.  `import dlnotes.numpy as dn`.

Image filters work on plain arrays, not on Tensors, and keep a name space of their own: `dn.filters.sobel`.
"""

from dlnotes.numpy import filters
from dlnotes.numpy.activation import *
from dlnotes.numpy.attention import *
from dlnotes.numpy.conv import *
from dlnotes.numpy.dropout import *
from dlnotes.numpy.hyper import *
from dlnotes.numpy.init import *
from dlnotes.numpy.loss import *
from dlnotes.numpy.nn import *
from dlnotes.numpy.norm import *
from dlnotes.numpy.optim import *
from dlnotes.numpy.pool import *
from dlnotes.numpy.recurrent import *
from dlnotes.numpy.tensor import *
