"""The linear face: one line after another, for screen readers, dumb terminals, logs and pipes."""
