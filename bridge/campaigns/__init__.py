"""Now and then everybody in the register is confirmed anew, or suspended: or a register only ever grows."""
