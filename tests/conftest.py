"""Settings of every test: hypothesis draws the same examples each run."""

from hypothesis import settings

settings.register_profile("dlnotes", derandomize=True, deadline=None, max_examples=40, database=None)
settings.load_profile("dlnotes")

collect_ignore = ["cases"]  # a table, read once by those who import it
