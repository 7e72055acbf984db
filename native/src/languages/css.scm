; CSS: see README.md for the captures.
