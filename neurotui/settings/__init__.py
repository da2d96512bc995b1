"""What the user configured: places, options, credentials."""
