"""All that is known of names, in one place.

`given` and `family` say which names surrogates bear, `words` which words are none. The long lists by which names are
recognised (`given`, `family`, `english`, `technical`, each `.txt.gz`) hold the short ones too;
`tools.privacy_training.lists` makes them.
"""
