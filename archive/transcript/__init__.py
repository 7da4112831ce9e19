"""What people saw of a conversation, told from its records alone. Pure: it reads no store and writes no file."""
