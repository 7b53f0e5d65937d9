"""The notes written out in NumPy: every public name, flat.  `import dlnotes.numpy as dn`."""

from dlnotes.numpy.activation import *
from dlnotes.numpy.init import *
from dlnotes.numpy.loss import *
from dlnotes.numpy.nn import *
from dlnotes.numpy.optim import *
from dlnotes.numpy.tensor import *
