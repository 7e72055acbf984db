//! What the comments of a fixture, or the file beside it, say of its places.

use regex::Regex;

/// What a comment says of a place.
pub struct Assertion {
    pub line: u32,
    pub column: u32,
    /// `None` for `<-`.
    pub end: Option<u32>,
    pub words: Vec<String>,
}

pub fn in_comments(text: &str) -> Vec<Assertion> {
    let pattern = Regex::new(r#"^(\s*)(?://|#|--|;|%|"|/\*|<!--)\s*(\^+|<-)\s+(\S.*?)\s*(?:\*/|-->)?$"#).unwrap();
    let mut target = 0;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(parts) = pattern.captures(line) else {
            target = number as u32;
            continue;
        };
        let carets = parts.get(2).unwrap();
        let is_arrow = carets.as_str() == "<-";
        let column = if is_arrow { parts[1].len() } else { carets.start() } as u32;
        let end = (!is_arrow).then_some(carets.end() as u32);
        found.push(Assertion {
            line: target,
            column,
            end,
            words: words(&parts[3]),
        });
    }
    found
}

pub fn in_sidecar(text: &str) -> Vec<Assertion> {
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let parse = |line: &str| {
        let (place, rest) = line.split_once(' ')?;
        let (line, column) = place.split_once(':')?;
        let number = |text: &str| text.parse::<u32>().ok()?.checked_sub(1);
        Some(Assertion {
            line: number(line)?,
            column: number(column)?,
            end: None,
            words: words(rest),
        })
    };
    lines
        .map(|line| parse(line).unwrap_or_else(|| panic!("not line:column words: {line}")))
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
