"""One trial as a plain function: a specification and songs in, rows and arrays out. No Ray."""
