"""What clients speak: one file per wire format behind one seam."""
