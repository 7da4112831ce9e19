"""Contacts' attachments: fetched, judged, archived, shown. `files` is the job, the others are what it works with."""
