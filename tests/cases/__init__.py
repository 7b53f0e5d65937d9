"""The table of cases, one file for each part of the library; see `table`."""

import importlib
import pkgutil

from tests.cases.table import BAD, CASES, Case

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
