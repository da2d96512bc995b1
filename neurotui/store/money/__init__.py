"""Charges for answers, their sums, and prices."""
