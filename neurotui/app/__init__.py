"""The application without a face: everything that every face needs."""
