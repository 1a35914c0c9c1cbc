"""A small notes service on the standard library."""
