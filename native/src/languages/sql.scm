; SQL: see README.md for the captures.
