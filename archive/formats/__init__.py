"""How a transcript is written down, a module for each format. Knows no store: it writes what a `Case` tells it."""
