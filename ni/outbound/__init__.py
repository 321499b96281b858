"""The HTTP client: every outgoing connection of the gateway is opened in this package."""
