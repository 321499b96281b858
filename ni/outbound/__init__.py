"""The one door out: every connection that leaves is opened here."""
