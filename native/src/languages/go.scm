; Go: see README.md for the captures.
