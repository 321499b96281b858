"""The price files that are published by others, each read as its publisher writes it."""
