//! The index over real folders. What the tests share is here.

mod contents;
mod damage;
mod salvaging;

use std::fs;
use std::path::PathBuf;

use napi::bindgen_prelude::Uint32Array;

use super::writer::Writer;
use super::*;

/// A folder of sources and an index over them.
struct Fixture {
    temp: tempfile::TempDir,
    readable: Readable,
    writer: Option<Writer>,
}

const WRITABLE: OpenOptions = OpenOptions {
    create: true,
    writable: true,
    memory_bytes: 15e6,
    secret: String::new(),
};
const READ_ONLY: OpenOptions = OpenOptions {
    create: false,
    writable: false,
    memory_bytes: 0.0,
    secret: String::new(),
};

impl Fixture {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("sources")).unwrap();
        let (readable, writer) = Readable::open(&temp.path().join("index"), &WRITABLE).unwrap();
        Self { temp, readable, writer }
    }

    fn index(&self) -> PathBuf {
        self.temp.path().join("index")
    }

    fn sources(&self) -> Root {
        Root::open(self.temp.path().join("sources").to_str().unwrap()).unwrap()
    }

    /// Writes a file of one chunk per paragraph and returns its entry. A symbol's name lies where it is mentioned first.
    fn write(&self, path: &str, text: &str, symbols: &str) -> FileEntry {
        let file = self.sources().path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        let (mut chunks, mut start, mut line) = (vec![], 0, 0);
        for paragraph in text.split_inclusive("\n\n") {
            let lines = paragraph.matches('\n').count();
            let end = start + paragraph.len();
            chunks.extend([1, start as u32, end as u32, line, line + lines.saturating_sub(1) as u32]);
            (start, line) = (end, line + lines as u32);
        }
        let (mut names, mut name_offsets, mut rows) = (String::new(), vec![0], vec![]);
        for (number, name) in symbols.split_whitespace().enumerate() {
            let before = &text[..text.find(name).unwrap()];
            names.push_str(name);
            name_offsets.push(names.len() as u32);
            rows.extend([number as u32, before.matches('\n').count() as u32]);
        }
        FileEntry {
            path: path.to_owned(),
            hash: blake3::hash(text.as_bytes()).as_bytes().to_vec().into(),
            facts: format!("facts of {path}").into_bytes().into(),
            language: if path.ends_with(".rs") { "rust" } else { "go" }.to_owned(),
            flags: u32::from(path.contains("test")),
            names: names.into_bytes().into(),
            name_offsets: Uint32Array::new(name_offsets),
            symbols: Uint32Array::new(rows),
            chunks: Uint32Array::new(chunks),
        }
    }

    fn apply(&mut self, seq: u64, files: &[FileEntry], removed: &[&str]) -> Vec<String> {
        let removed: Vec<String> = removed.iter().map(|path| (*path).to_owned()).collect();
        let root = self.sources();
        self.writer
            .as_mut()
            .unwrap()
            .apply(&self.readable, &root, seq, files, &removed)
            .unwrap()
            .changed
    }

    fn commit(&mut self, payload: &str) {
        let seal = self.writer.as_mut().unwrap().commit(&self.readable, payload.to_owned());
        self.readable.seal = Some(seal.unwrap());
    }

    fn find(&self, query: &str, adjust: impl FnOnce(&mut SearchOptions)) -> String {
        let mut options = SearchOptions {
            query: query.to_owned(),
            limit: 10,
            offset: 0,
            modes: None,
            languages: None,
            path_prefixes: None,
            root: None,
        };
        adjust(&mut options);
        let found = search::search(&self.readable, options, Some(&self.sources())).unwrap();
        let hit = |hit: &RankedHit| format!("{}:{}-{}", hit.path, hit.start_line, hit.end_line);
        let hits: Vec<_> = found.hits.iter().map(hit).collect();
        assert!(found.total as usize >= hits.len());
        hits.join(" ")
    }

    fn facts(&self) -> String {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = search::stored_facts(&self.readable, after.as_deref(), 2).unwrap();
            let Some(last) = page.last() else {
                return all.join(" ");
            };
            after = Some(last.path.clone());
            let shown = |facts: &StoredFacts| format!("{}@{}={}", facts.path, facts.seq, facts.facts.len());
            all.extend(page.iter().map(shown));
        }
    }
}

fn sample() -> Fixture {
    let mut fixture = Fixture::new();
    let files = [
        fixture.write(
            "src/parser.rs",
            "fn parse_file() {}\n\nfn helper() {\n  call(parse_file);\n}\n",
            "parse_file helper",
        ),
        fixture.write(
            "src/main.go",
            "// the parser fails\n\nfunc main() { parseFile() }\n",
            "main",
        ),
        fixture.write("test/a.go", "func testParse() { parse file }\n", ""),
        fixture.write("empty.go", "", ""),
    ];
    assert!(fixture.apply(7, &files, &[]).is_empty());
    fixture.commit("one");
    fixture
}

/// The files with the beginning of the hash of their content.
fn contents(readable: &Readable) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = search::stored_contents(readable, after.as_deref(), 2).unwrap();
        let Some(last) = page.paths.last() else {
            return all;
        };
        after = Some(last.clone());
        assert_eq!(page.hashes.len(), page.paths.len() * 8);
        let hashes = page.hashes.chunks_exact(8);
        all.extend(page.paths.iter().zip(hashes).map(|(path, hash)| {
            let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{path}={digits}")
        }));
    }
}
