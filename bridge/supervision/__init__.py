"""What those who supervise should know of: what is unusual, counted from the record. Accuses nobody."""
