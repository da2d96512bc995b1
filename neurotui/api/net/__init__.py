"""httpcore's way to the network."""
