"""The `kulanz` commands of this room."""
