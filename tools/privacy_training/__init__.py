"""How the weights and word lists of `ni.privacy.models` were made, and how well they do.

Never imported by the gateway; `README.md` here gives the commands.
"""
