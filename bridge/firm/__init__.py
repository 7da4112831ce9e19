"""The firm's own policy beside the fixed rules: its file, its versions, what it says of a message."""
