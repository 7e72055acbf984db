//! What stands before symbols: documentation comments, attributes, and the words of a group.

use crate::extract::scan::{Scan, Span};

use super::{Source, Symbol};

/// Finds what stands before symbols: documentation comments and attributes.
pub struct Leads<'a, 'text> {
    source: &'a Source<'text>,
    /// Comments and attributes in order; true for an attribute.
    trivia: Vec<(Span, bool)>,
}

impl<'a, 'text> Leads<'a, 'text> {
    pub fn new(source: &'a Source<'text>, scan: &Scan) -> Self {
        let mut trivia: Vec<(Span, bool)> = scan.comments.iter().map(|span| (*span, false)).collect();
        trivia.extend(scan.attributes.iter().map(|span| (*span, true)));
        trivia.sort_unstable();
        Self { source, trivia }
    }

    /// Sets where the symbol's lead and signature begin, and its documentation.
    pub fn apply(&self, symbol: &mut Symbol) {
        let text = self.source.text;
        if self.opens_group(symbol) {
            symbol.lead = symbol.span.start;
            symbol.signature_start = symbol.span.start;
        }
        // Attributes inside the wrapper or the definition are not part of the signature.
        let first = self
            .trivia
            .partition_point(|(span, _)| span.start < symbol.signature_start);
        for (span, is_attribute) in &self.trivia[first..] {
            if span.start < symbol.signature_start {
                continue; // an annotation among the arguments of the one before
            }
            let blank = span.end <= symbol.name.start
                && text[symbol.signature_start as usize..span.start as usize]
                    .trim()
                    .is_empty();
            if !blank || !is_attribute && span.start >= symbol.span.start {
                break;
            }
            let rest = &text[span.end as usize..symbol.name.start as usize];
            symbol.signature_start = span.end + (rest.len() - rest.trim_start().len()) as u32;
        }
        let mut before = self.trivia.partition_point(|(span, _)| span.start < symbol.lead);
        let mut doc: Option<Span> = None;
        while let Some((span, is_attribute)) = before.checked_sub(1).map(|at| self.trivia[at]) {
            // The marks of some line comments include the line break; what separates must be white space of one line break.
            let Some(gap) = text.get(span.end as usize..symbol.lead as usize) else {
                break;
            };
            // Most gaps hold code, which shows at once; only white space is worth counting.
            if !gap.trim_start().is_empty() {
                break;
            }
            let breaks = gap.bytes().filter(|byte| *byte == b'\n').count();
            let ends_line = text[..span.end as usize].ends_with('\n');
            if breaks > usize::from(!ends_line) || !is_attribute && self.follows_code(span) {
                break;
            }
            if !is_attribute {
                if self.is_doc(span) {
                    doc = Some(Span {
                        start: span.start,
                        end: doc.map_or(span.end, |doc| doc.end),
                    });
                } else if doc.is_some() {
                    break;
                }
            }
            symbol.lead = span.start;
            before -= 1;
        }
        symbol.doc = doc;
    }

    /// Whether the symbol is the first of a group, as in Go's `const (`: the group's words and documentation are not its own.
    fn opens_group(&self, symbol: &Symbol) -> bool {
        let text = self.source.text;
        let mut end = symbol.span.start;
        let before = self.trivia.partition_point(|(span, _)| span.start < end);
        for (span, _) in self.trivia[..before].iter().rev() {
            let gap = text.get(span.end as usize..end as usize);
            if span.start < symbol.signature_start || !gap.is_some_and(|gap| gap.trim_start().is_empty()) {
                break;
            }
            end = span.start;
        }
        let words = text.get(symbol.signature_start as usize..end as usize);
        let word = words.and_then(|words| words.trim_end().strip_suffix('('));
        word.is_some_and(|word| !word.is_empty() && word.trim_end().bytes().all(|byte| byte.is_ascii_lowercase()))
    }

    fn is_doc(&self, comment: Span) -> bool {
        let markers = self.source.language.doc_markers;
        let text = comment.of(self.source.text);
        markers.is_empty() || markers.iter().any(|marker| text.starts_with(marker))
    }

    /// A comment after code on its line belongs to that code.
    fn follows_code(&self, comment: Span) -> bool {
        let line = self.source.lines.line_at(comment.start as usize);
        !self.source.text[self.source.lines.start(line)..comment.start as usize]
            .trim()
            .is_empty()
    }
}
