; Java: see README.md for the captures.
