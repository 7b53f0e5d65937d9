"""How fast is it?  `make bench` measures each workload of the book in dlnotes.numpy, in PyTorch, and in what a learner
would have without either, one thread each, and saves the table that the book shows."""
