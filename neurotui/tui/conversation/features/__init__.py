"""What the chat can do: one file a capability.

Each is a class that is given the pane, the services and the dialogs. It binds its commands in the pane's
`CommandSet`, and nobody else knows it.
"""
