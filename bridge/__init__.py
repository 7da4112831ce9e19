"""The bridge knows people, conversations, rules and WhatsApp; not Teams' protocol, nor how bytes are kept."""
