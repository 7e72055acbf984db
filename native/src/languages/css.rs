//! CSS: the row; its query is in css.scm.

use std::sync::LazyLock;

use regex::Regex;

use super::edits::{apply, Edit, Plain};
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
    static URL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\burl\([ \t]*(\.[^\s"'()]*)[ \t]*\)"#).ok());
    let paths = URL.iter().flat_map(|url| url.captures_iter(text));
    let edits = paths.filter_map(|found| {
        Some(Edit {
            range: found.get(1)?.range(),
            to: Plain::Underscores,
        })
    });
    apply(text, edits.collect())
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
