"""Files of a question: found, read, told by their bytes, and made chips of."""
