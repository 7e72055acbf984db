; JSON: see README.md for the captures.
