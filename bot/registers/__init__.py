"""`waybill registry`: the registry made again from the archive, written out as CSV, and filled on the first day."""
