"""How the weights and name lists of `ni.privacy.models` were made, and how well they do; never imported by the gateway."""
