; HTML: see README.md for the captures.
