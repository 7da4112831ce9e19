"""The archive's commands, a module for each group: `add` puts them on the parser. `shared` is what all of them use."""
