; Markdown: see README.md for the captures.
