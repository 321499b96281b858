"""What upstreams speak: one file per provider behind one seam."""
