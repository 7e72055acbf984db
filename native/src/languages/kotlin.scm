; Kotlin: see README.md for the captures.
