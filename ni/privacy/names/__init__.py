"""People in running text: a small convolutional tagger over words and what word lists know of them.

`tokens` cuts text, `features` describes words, `network` scores them, `decode` reads people off the scores, and
`tagger` puts these together. Nothing here needs more than numpy. How the weights were made: `tools/privacy_training`.
"""
