"""All that is known of names, in one place: which ones surrogates bear (`given`, `family`), which words are none
(`words`), and the long lists by which names are recognised (`given.txt.gz`, `family.txt.gz`, `english.txt.gz`), which hold the
short ones too and are made by `ni.privacy.training.lists`.
"""
