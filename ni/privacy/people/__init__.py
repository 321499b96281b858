"""Lists of names and words: `lists` holds the names that surrogates use, and words that are no names.

The long lists by which names are recognised (`given`, `family`, `english`, `technical`, each `.txt.gz`) include the
short ones; `tools.privacy_training.lists` makes them.
"""
