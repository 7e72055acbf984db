; Lua: see README.md for the captures.
