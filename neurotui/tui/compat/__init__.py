"""Every private name of textual's that neurotui relies on."""
