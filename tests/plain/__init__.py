"""The linear face."""
