; C#: see README.md for the captures.
