; TOML: see README.md for the captures.
