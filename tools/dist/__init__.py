"""`make dist`: the wheel, the source archive, the bill of materials and their digests, the same bytes on each machine."""
