//! From the options of a search to a compiled matcher and searcher.

use grep_matcher::LineTerminator;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};

use super::GrepOptions;
use crate::error::{Code, NativeError, Result};

/// Bounds for a compiled expression and for what its automaton may cache per thread.
const MAX_COMPILED_BYTES: usize = 1 << 20;
const MAX_CACHE_BYTES: usize = 4 << 20;
const MAX_PATTERN_BYTES: usize = 64 * 1024;
const MAX_NESTING: u32 = 250;
const MAX_CONTEXT_LINES: u32 = 20;

/// A pattern ready to be looked for.
#[derive(Clone)]
pub struct Pattern {
    pub(super) matcher: RegexMatcher,
    pub(super) is_multiline: bool,
    pub(super) context_lines: usize,
}

impl Pattern {
    /// Fails with `ERR_QUERY` for what is no regular expression, is empty, or compiles to more than is allowed.
    pub fn new(options: &GrepOptions) -> Result<Self> {
        let refused = |why: &str| Err(NativeError::new(Code::Query, format!("the pattern {why}")));
        if options.pattern.is_empty() {
            return refused("is empty");
        }
        if options.pattern.len() > MAX_PATTERN_BYTES {
            return refused("is longer than 64 KiB");
        }
        let mut builder = RegexMatcherBuilder::new();
        builder
            .case_insensitive(!options.case_sensitive)
            .fixed_strings(!options.regex)
            .word(options.whole_word)
            .multi_line(true)
            .size_limit(MAX_COMPILED_BYTES)
            .dfa_size_limit(MAX_CACHE_BYTES)
            .nest_limit(MAX_NESTING);
        if !options.multiline {
            // `$` also matches before "\r\n", and nothing matches beyond a line.
            builder.line_terminator(Some(b'\n')).crlf(true);
        }
        let matcher = builder
            .build(&options.pattern)
            .map_err(|error| NativeError::new(Code::Query, error.to_string()))?;
        Ok(Self {
            matcher,
            is_multiline: options.multiline,
            context_lines: options.context_lines.min(MAX_CONTEXT_LINES) as usize,
        })
    }

    /// What walks a text line by line; text is decoded by now, so that it looks for no marks and no NULs.
    pub(super) fn searcher(&self) -> Searcher {
        let line_end = match self.is_multiline {
            true => LineTerminator::byte(b'\n'),
            false => LineTerminator::crlf(),
        };
        SearcherBuilder::new()
            .multi_line(self.is_multiline)
            .line_terminator(line_end)
            .line_number(true)
            .bom_sniffing(false)
            .binary_detection(BinaryDetection::none())
            .build()
    }
}
