//! Measures extraction over a folder: `cargo run --release --example extract -- <folder> [threads]`. Prints, for each
//! language, files, megabytes, seconds of bare parsing and of full extraction, their ratio, and counts of rows.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use almagest_native::extract::{facts::Limit, Extractor, Limits};
use almagest_native::languages::{detect, ALL};

#[derive(Default)]
struct Totals {
    files: usize,
    bytes: usize,
    parse: Duration,
    full: Duration,
    symbols: usize,
    imports: usize,
    calls: usize,
    types: usize,
    chunks: usize,
    partial: usize,
    cut: usize,
}

fn main() {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: extract <folder>");
        std::process::exit(2);
    };
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files);
    files.sort();
    let limits = Limits {
        deadline: Duration::from_secs(2),
        max_parse_bytes: 1 << 20,
        max_line_bytes: 10_000,
        max_rows: 50_000,
    };
    let mut extractor = Extractor::default();
    // Compiling a query takes milliseconds, once per process: not what is measured here.
    for language in ALL.iter().filter(|language| language.grammar.is_some()) {
        extractor.extract(&format!("warm.{}", language.extensions[0]), "", &limits);
    }
    let mut totals: BTreeMap<&str, Totals> = BTreeMap::new();
    for (path, text) in &files {
        let (language, _) = detect(path, text);
        let total = totals.entry(ALL[language].name).or_default();
        // Alternating which goes first keeps caches from favouring one.
        for round in 0..2 {
            let start = Instant::now();
            if (round + total.files).is_multiple_of(2) {
                extractor.parse_only(path, text, &limits);
                total.parse += start.elapsed();
            } else {
                let facts = extractor.extract(path, text, &limits);
                total.full += start.elapsed();
                total.symbols += facts.symbols.len();
                total.imports += facts.imports.len();
                total.calls += facts.calls.len();
                total.types += facts.type_refs.len();
                total.chunks += facts.chunks.len();
                total.partial += usize::from(facts.limit == Limit::SyntaxErrors);
                total.cut += usize::from(!matches!(
                    facts.limit,
                    Limit::None | Limit::SyntaxErrors | Limit::NoGrammar
                ));
            }
        }
        total.files += 1;
        total.bytes += text.len();
    }
    println!("language          files       MB  parse s   full s  ratio  symbols  imports    calls    types   chunks  partial  cut");
    for (name, total) in &totals {
        println!(
            "{name:15} {:7} {:8.2} {:8.3} {:8.3} {:6.2} {:8} {:8} {:8} {:8} {:8} {:8} {:4}",
            total.files,
            total.bytes as f64 / 1e6,
            total.parse.as_secs_f64(),
            total.full.as_secs_f64(),
            total.full.as_secs_f64() / total.parse.as_secs_f64(),
            total.symbols,
            total.imports,
            total.calls,
            total.types,
            total.chunks,
            total.partial,
            total.cut,
        );
    }
}

fn collect(folder: &Path, files: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if kind.is_file() {
            if let (Some(path), Ok(text)) = (entry.path().to_str(), std::fs::read_to_string(entry.path())) {
                files.push((path.to_owned(), text));
            }
        }
    }
}
