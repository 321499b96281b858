"""`make dist`: wheel, source archive, bill of materials and their digests, the same bytes on each machine."""
