"""A small notes service that uses only the standard library."""
