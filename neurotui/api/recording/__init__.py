"""Answers as bytes with their times: recorded and played back."""
