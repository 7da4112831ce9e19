"""WhatsApp's Cloud API at the wire: webhooks in, Graph calls out."""
