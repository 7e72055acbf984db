//! HTML: the row; its query is in html.scm.

use memchr::memmem;

use super::edits::Edits;
use super::{Language, Mode, PLAIN};

/// HTML.
pub static LANGUAGE: Language = Language {
    name: "HTML",
    id: "html",
    version: 4,
    mode: Mode::Code,
    grammar: Some(tree_sitter_html::LANGUAGE),
    query: include_str!("html.scm"),
    extensions: &["html", "htm", "xhtml"],
    plain: Some(plain),
    ..PLAIN
};

/// HTML without what the grammar takes for an error: `<?xml … ?>`, and a `>` that closes nothing.
fn plain(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut edits = Edits::default();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'<', b'>', &bytes[at..]) {
        let start = at + found;
        let rest = &bytes[start..];
        at = if rest[0] == b'>' {
            edits.blank(start..start + 1);
            start + 1
        } else if rest.starts_with(b"<?") {
            let end = start + behind(rest, b"?>");
            edits.blank(start..end);
            end
        } else if rest.starts_with(b"<!--") {
            start + behind(rest, b"-->")
        } else if rest[1..]
            .first()
            .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!'))
        {
            let end = start + end_of_tag(rest);
            let raw = [&b"script"[..], b"style"]
                .into_iter()
                .find(|tag| is_named(&bytes[start + 1..end], tag));
            end + raw.map_or(0, |tag| end_of_raw(&bytes[end..], tag))
        } else {
            start + 1
        };
    }
    edits.apply(text)
}

fn behind(text: &[u8], mark: &[u8]) -> usize {
    memmem::find(text, mark).map_or(text.len(), |at| at + mark.len())
}

/// Quotes in a tag may hold what would close it.
fn end_of_tag(text: &[u8]) -> usize {
    let mut quote = None;
    for (at, byte) in text.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') if text[at - 1] == b'=' => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// Where the element's end tag begins.
fn end_of_raw(text: &[u8], tag: &[u8]) -> usize {
    let mut ends = memmem::find_iter(text, b"</");
    ends.find(|at| is_named(&text[at + 2..], tag)).unwrap_or(text.len())
}

/// Whether this is the name that stands here.
fn is_named(text: &[u8], tag: &[u8]) -> bool {
    let length = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .count();
    text[..length].eq_ignore_ascii_case(tag)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_closes_nothing_goes() {
        let cases = [
            ("<?xml a='é'?>\n<p>a > b</p>", "              \n<p>a   b</p>"),
            ("<p x='>'>&lt;a></p>", "<p x='>'>&lt;a </p>"),
            ("1 < 2 > 1", "1 < 2   1"),
            ("<styles>a ></styles>", "<styles>a  </styles>"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "<script>a > b</scripts></SCRIPT><!-- > --><p a=\">\">",
            "<",
            "<script>>",
            "<a '",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
