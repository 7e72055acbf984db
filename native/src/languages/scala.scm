; Scala: see README.md for the captures.
