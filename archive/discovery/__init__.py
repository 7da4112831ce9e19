"""From a question about people and times to what an archive has on them: found, counted, exported, and checkable."""
