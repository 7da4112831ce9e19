"""The two clouds on this machine: stand-ins that people and tests talk to, the page, and the real service between."""
