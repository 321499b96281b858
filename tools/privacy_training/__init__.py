"""Training and evaluation of the detection of names: the weights and word lists of `ni.privacy`.

Never imported by the gateway; `README.md` here gives the commands.
"""
