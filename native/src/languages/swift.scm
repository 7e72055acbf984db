; Swift: see README.md for the captures.
