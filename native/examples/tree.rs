//! Prints the syntax tree of a file, for writing queries: `cargo run --release --example tree -- <file>`.

use almagest_native::extract::query::compiled;
use almagest_native::languages::detect;

fn main() {
    let path = std::env::args().nth(1).expect("usage: tree <file>");
    let text = std::fs::read_to_string(&path).expect("a readable text file");
    let compiled = compiled(detect(&path, &text).0).expect("a language with a grammar");
    let mut parser = tree_sitter::Parser::new();
    parser
        .set_language(&compiled.language)
        .expect("a grammar of this version");
    let tree = parser.parse(&text, None).expect("no deadline was set");
    println!("{}", tree_sitter::format_sexp(&tree.root_node().to_sexp(), 0));
}
