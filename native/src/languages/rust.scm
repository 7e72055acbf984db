; Rust: see README.md for the captures.
