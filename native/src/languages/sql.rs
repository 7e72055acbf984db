//! SQL: the row; its query is in sql.scm.

use std::sync::LazyLock;

use regex::Regex;

use super::edits::{apply, spaces, Edit};
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
    static MODE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?i)[(,]\s*((?:in|out|inout|variadic)[ \t])[ \t]*[a-z_"]"#).ok());
    let modes = MODE.iter().flat_map(|mode| mode.captures_iter(text));
    let mut edits: Vec<Edit> = modes.filter_map(|found| Some(spaces(found.get(1)?.range()))).collect();
    let mut start = 0;
    let mut in_rows = false;
    for line in text.split_inclusive('\n') {
        let begins = begins_rows(line);
        if in_rows || begins || line.starts_with('\\') {
            edits.push(spaces(start..start + line.trim_end().len()));
        }
        in_rows = if in_rows { !line.starts_with("\\.") } else { begins };
        start += line.len();
    }
    apply(text, edits)
}

fn begins_rows(line: &str) -> bool {
    let line = line.trim_end();
    let is_copy = line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("copy "));
    is_copy && line.len() > 11 && line.as_bytes()[line.len() - 11..].eq_ignore_ascii_case(b"from stdin;")
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
