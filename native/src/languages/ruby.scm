; Ruby: see README.md for the captures.
