"""Every table of the warehouse, declared once: what was seen (core), its growth, its charts, and the record of how (meta)."""
