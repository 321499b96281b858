"""The one egress out: every connection that leaves is opened here."""
