"""Deep learning written twice: `dlnotes.numpy` to be read, `dlnotes.torch` to be used, under the same names.

Importing this package imports neither: choose a back end by the line `import dlnotes.numpy as dn` or
`import dlnotes.torch as dt`.
"""

__version__ = "0.1.0"
