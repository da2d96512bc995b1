"""The user's configuration: places, options, credentials."""
