"""The application without a face: all that every face needs."""
