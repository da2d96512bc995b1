"""The dialogs over the chat, one module each."""
