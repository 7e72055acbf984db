//! SQL: the row; its query is in sql.scm.

use std::sync::LazyLock;

use regex::Regex;

use super::edits::{lines, pattern, Edits};
use super::{Language, Mode, PLAIN};

/// SQL.
pub static LANGUAGE: Language = Language {
    name: "SQL",
    id: "sql",
    version: 3,
    mode: Mode::Code,
    grammar: Some(tree_sitter_sequel::LANGUAGE),
    query: include_str!("sql.scm"),
    extensions: &["sql", "ddl"],
    plain: Some(plain),
    ..PLAIN
};

/// SQL without what is psql's (`\\echo …`, `COPY … FROM stdin;` and its rows), and without modes of parameters.
fn plain(text: &str) -> Option<String> {
    static MODE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"(?i)[(,]\s*((?:in|out|inout|variadic)[ \t])[ \t]*[a-z_"]"#));
    let mut edits = Edits::default();
    for mode in MODE.captures_iter(text).filter_map(|found| found.get(1)) {
        edits.blank(mode.range());
    }
    let mut in_rows = false;
    for range in lines(text.as_bytes()) {
        let line = text[range.clone()].trim_ascii_end().as_bytes();
        let begins = begins_rows(line);
        if in_rows || begins || line.starts_with(b"\\") {
            edits.blank(range.start..range.start + line.len());
        }
        in_rows = if in_rows { !line.starts_with(b"\\.") } else { begins };
    }
    edits.apply(text)
}

fn begins_rows(line: &[u8]) -> bool {
    let has = |part: Option<&[u8]>, words: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(words.as_bytes()));
    has(line.first_chunk::<5>().map(|part| &part[..]), "copy ")
        && has(line.last_chunk::<11>().map(|part| &part[..]), "from stdin;")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_is_of_psql_goes() {
        let cases = [
            ("\\echo a 'é\nSELECT 1;", "           \nSELECT 1;"),
            (
                "COPY a (b) FROM stdin;\n1\t'\n\\.\r\nSELECT 1;",
                "                      \n   \n  \r\nSELECT 1;",
            ),
            ("f(IN a int, OUT b int)", "f(   a int,     b int)"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(plain("SELECT a IN (b) FROM stdin; -- \\x"), None);
    }
}
