; Bash: see README.md for the captures.
