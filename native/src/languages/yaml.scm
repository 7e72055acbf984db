; YAML: see README.md for the captures.
