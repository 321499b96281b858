"""Lists of names, written for this project: whom surrogates are called after, and how given names are recognised."""
