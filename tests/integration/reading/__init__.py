"""Reading of hostile and damaged files, and what reads them."""
