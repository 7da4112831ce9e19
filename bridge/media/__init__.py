"""Files in both directions. What contacts send is fetched, judged, archived and shown: `files` is the job. What staff
attach is archived and fitted (`enclosing`), and given to WhatsApp just before it is sent (`uploads`)."""
