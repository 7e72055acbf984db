; PHP: see README.md for the captures.
