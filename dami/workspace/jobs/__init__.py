"""Jobs: the workers that run long work outside the server, and how far they are."""
