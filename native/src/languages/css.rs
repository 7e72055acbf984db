//! CSS: the row; its query is in css.scm.

use std::sync::LazyLock;

use regex::Regex;

use super::edits::{pattern, Edits};
use super::{Language, Mode, PLAIN};

/// CSS.
pub static LANGUAGE: Language = Language {
    name: "CSS",
    id: "css",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_css::LANGUAGE),
    query: include_str!("css.scm"),
    extensions: &["css"],
    plain: Some(plain),
    ..PLAIN
};

/// Paths without quotes (`url(../image.svg)`) as names, which the grammar knows.
fn plain(text: &str) -> Option<String> {
    static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\burl\([ \t]*(\.[^\s"'()]*)[ \t]*\)"#));
    let mut edits = Edits::default();
    for path in URL.captures_iter(text).filter_map(|found| found.get(1)) {
        edits.name(path.range());
    }
    edits.apply(text)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn paths_without_quotes_are_names() {
        let expected = "a { b: url(_____) url( _______ ) }";
        assert_eq!(plain("a { b: url(../é) url( ./a.svg ) }").as_deref(), Some(expected));
        assert_eq!(plain("a { b: url(\"../c\") url(c.svg) }"), None);
    }
}
