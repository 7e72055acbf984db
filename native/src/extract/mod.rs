//! Extraction: from the text of one file to its facts, by one parse and one query pass. A pure function of the text, the
//! language and the limits; `path` only chooses the language and whether the file is a test or vendored.
//! `batch` runs it over many files, `api` shows it to JavaScript.

pub mod api;
pub mod batch;
mod block;
mod chunks;
pub mod facts;
pub mod lines;
pub mod names;
pub mod packed;
pub mod pattern;
pub mod query;
mod references;
mod scan;
mod symbols;
mod text;
mod turnstile;

use std::ops::ControlFlow;
use std::time::Duration;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::allocator::install_for_parsing;
use crate::clock::Deadline;
use crate::languages::{detect, is_generated, is_test_file, is_vendored, Mode, ALL};

use facts::{file_flag, FileFacts, Limit};
use lines::Lines;
use names::Names;
use query::{compiled, Compiled};
use scan::Scan;
use symbols::{Outline, Source};
use text::TextBlock;

/// Beyond these limits a file is text only, or its rows are cut.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Running time of the thread for parsing and for the query of one file.
    pub deadline: Duration,
    pub max_parse_bytes: usize,
    pub max_line_bytes: usize,
    /// Per table.
    pub max_rows: usize,
}

/// What a thread keeps between files.
pub struct Extractor {
    parser: Parser,
}

/// Syntax errors are counted up to this number.
const MAX_ERRORS: u32 = 10_000;

impl Default for Extractor {
    fn default() -> Self {
        install_for_parsing();
        Self { parser: Parser::new() }
    }
}

impl Extractor {
    /// The facts of one text.
    pub fn extract(&mut self, path: &str, text: &str, limits: &Limits) -> FileFacts {
        let (index, mode) = detect(path, text);
        let language = ALL[index];
        let is_test = is_test_file(language, path);
        let lines = Lines::new(text);
        let mut source = Source {
            text,
            lines,
            language,
            is_test_file: is_test,
            names: Names::default(),
            block: TextBlock::default(),
        };
        let mut facts = FileFacts {
            language: index,
            mode: mode as u8,
            flags: flag(is_test, file_flag::TEST)
                | flag(is_generated(text), file_flag::GENERATED)
                | flag(is_vendored(path), file_flag::VENDORED),
            lines: source.lines.count() as u32,
            ..FileFacts::default()
        };
        match self.scan(index, &source, limits) {
            Ok((scan, errors)) => {
                facts.errors = errors;
                facts.limit = if errors > 0 { Limit::SyntaxErrors } else { Limit::None };
                fill(&mut facts, &mut source, scan, mode);
            }
            Err(limit) => {
                facts.limit = limit;
                facts.chunks = chunks::chunk_rows(&mut source, &Scan::default(), &Outline::default(), mode);
            }
        }
        facts.text = std::mem::take(&mut source.block.bytes);
        facts.finish(&source.names, limits.max_rows);
        facts
    }

    /// Parses and drops the tree: what a measurement compares `extract` with. `false` if nothing was parsed.
    pub fn parse_only(&mut self, path: &str, text: &str, limits: &Limits) -> bool {
        let (index, _) = detect(path, text);
        let lines = Lines::new(text);
        match parsable(index, &lines, text, limits) {
            Ok(compiled) => self.parse(compiled, text, Deadline::after(limits.deadline)).is_ok(),
            Err(_) => false,
        }
    }

    fn scan(&mut self, index: usize, source: &Source, limits: &Limits) -> Result<(Scan, u32), Limit> {
        let compiled = parsable(index, &source.lines, source.text, limits)?;
        let deadline = Deadline::after(limits.deadline);
        let plain = source.language.plain.and_then(|plain| plain(source.text));
        let tree = self.parse(compiled, plain.as_deref().unwrap_or(source.text), deadline)?;
        let errors = if tree.root_node().has_error() {
            scan::count_errors(&tree, source.text, MAX_ERRORS)
        } else {
            0
        };
        let scan = scan::scan(&tree, source.text, compiled, deadline).map_err(|_| Limit::Deadline)?;
        Ok((scan, errors))
    }

    fn parse(&mut self, compiled: &Compiled, text: &str, deadline: Deadline) -> Result<Tree, Limit> {
        // A grammar that cannot be set would be a broken build; the test of all grammars rules it out.
        self.parser
            .set_language(&compiled.language)
            .map_err(|_| Limit::NoGrammar)?;
        let mut progress = |_: &ParseState| {
            if deadline.has_passed() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let bytes = text.as_bytes();
        let tree =
            self.parser
                .parse_with_options(&mut |start, _| bytes.get(start..).unwrap_or(&[]), None, Some(options));
        // Otherwise the next file would be taken for the rest of this one.
        if tree.is_none() {
            self.parser.reset();
        }
        tree.ok_or(Limit::Deadline)
    }
}

fn parsable(index: usize, lines: &Lines, text: &str, limits: &Limits) -> Result<&'static Compiled, Limit> {
    if ALL[index].grammar.is_none() {
        return Err(Limit::NoGrammar);
    }
    if text.len() > limits.max_parse_bytes {
        return Err(Limit::ParseLimit);
    }
    if lines.longest() > limits.max_line_bytes {
        return Err(Limit::LongLines);
    }
    let max_indent = ALL[index].max_indent;
    // Several levels can begin on one line: `- - ? a`.
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-', '?', ':']).len();
    if max_indent < usize::MAX && text.lines().any(|line| indent(line) > max_indent) {
        return Err(Limit::ParseLimit);
    }
    compiled(index).map_err(|_| Limit::NoGrammar)
}

fn fill(facts: &mut FileFacts, source: &mut Source, mut scan: Scan, mode: Mode) {
    let imports = references::imports(source, &mut scan);
    references::drop_bound(&mut scan, &imports);
    // Symbols of re-exports give way to any definition of the same name node.
    scan.frames.extend(references::reexported_symbols(&imports, u32::MAX));
    let exports = references::exported_names(source, &imports);
    let mut outline = symbols::outline(source, &mut scan);
    facts.symbols = symbols::symbol_rows(source, &scan, &mut outline, &exports);
    facts.imports = references::import_rows(source, &imports);
    facts.calls = references::call_rows(source, &mut scan, &outline);
    facts.type_refs = references::type_ref_rows(source, &mut scan, &outline);
    facts.chunks = chunks::chunk_rows(source, &scan, &outline, mode);
}

fn flag(set: bool, bit: u8) -> u8 {
    if set {
        bit
    } else {
        0
    }
}
