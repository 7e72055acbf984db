use std::fs;
use std::path::PathBuf;

use napi::bindgen_prelude::Uint32Array;

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

#[test]
fn ranked_hits_know_identifiers_names_and_filters() {
    let fixture = sample();
    let all = |_: &mut SearchOptions| {};
    // The chunk that defines the symbol comes first, also in another spelling, and tests come last.
    assert_eq!(
        fixture.find("parse_file", all),
        "src/parser.rs:0-1 src/parser.rs:2-4 src/main.go:2-2 test/a.go:0-0"
    );
    assert_eq!(
        fixture.find("parseFile", all),
        "src/parser.rs:0-1 src/main.go:2-2 src/parser.rs:2-4 test/a.go:0-0"
    );
    assert_eq!(
        fixture.find("helper OR fails", all),
        "src/parser.rs:2-4 src/main.go:0-1"
    );
    assert_eq!(
        fixture.find("parse -call -testParse", all),
        "src/parser.rs:0-1 src/main.go:2-2"
    );
    assert_eq!(fixture.find("\"parser fails\"", all), "src/main.go:0-1");
    assert_eq!(fixture.find("\"fails parser\"", all), "");
    assert_eq!(fixture.find("\"parse file\"", all), "test/a.go:0-0");
    assert_eq!(fixture.find("nothing", all), "");
    assert_eq!(
        fixture.find("file", |options| options.languages = Some(vec!["go".into()])),
        "src/main.go:2-2 test/a.go:0-0"
    );
    assert_eq!(
        fixture.find("file", |options| options.path_prefixes = Some(vec!["src/m".into()])),
        "src/main.go:2-2"
    );
    assert_eq!(fixture.find("file", |options| options.modes = Some(vec![2, 4])), "");
    assert_eq!(
        fixture.find("parse_file", |options| (options.offset, options.limit) = (1, 1)),
        "src/parser.rs:2-4"
    );
}

#[test]
fn a_file_is_replaced_and_removed_as_a_whole() {
    let mut fixture = sample();
    assert_eq!(
        fixture.facts(),
        "empty.go@7=17 src/main.go@7=20 src/parser.rs@7=22 test/a.go@7=18"
    );
    let again = fixture.write("src/parser.rs", "fn other() {}\n", "other");
    fixture.apply(8, &[again], &["test/a.go", "never/there"]);
    assert_eq!(
        fixture.find("helper", |_| {}),
        "src/parser.rs:2-4",
        "visible only after a commit"
    );
    fixture.commit("two");
    assert_eq!(fixture.find("helper", |_| {}), "");
    assert_eq!(fixture.find("other", |_| {}), "src/parser.rs:0-0");
    assert_eq!(fixture.facts(), "empty.go@7=17 src/main.go@7=20 src/parser.rs@8=22");
    fixture.writer.as_mut().unwrap().merge(&fixture.readable, 1).unwrap();
    let stats = fixture.readable.stats().unwrap();
    assert_eq!((stats.segments, stats.documents, stats.deleted), (1, 6.0, 0.0));
    assert!(stats.bytes > 0.0);
    assert_eq!(fixture.readable.verify().unwrap(), [""; 0]);
    assert_eq!(fixture.readable.recount().unwrap(), None);
    assert_eq!(fixture.facts(), "empty.go@7=17 src/main.go@7=20 src/parser.rs@8=22");
}

#[test]
fn text_that_changed_since_is_not_indexed() {
    let mut fixture = Fixture::new();
    let files = [
        fixture.write("a.rs", "alpha\n", ""),
        fixture.write("b.rs", "beta\n", ""),
        fixture.write("c.rs", "gamma\n", ""),
    ];
    fs::write(fixture.sources().path().join("a.rs"), "altered\n").unwrap();
    fs::remove_file(fixture.sources().path().join("b.rs")).unwrap();
    assert_eq!(fixture.apply(1, &files, &[]), ["a.rs", "b.rs"]);
    fixture.commit("");
    assert_eq!(fixture.find("alpha OR beta OR altered OR gamma", |_| {}), "c.rs:0-0");
    assert_eq!(fixture.facts(), "a.rs@1=13 b.rs@1=13 c.rs@1=13");
}

#[test]
fn the_last_commit_is_what_a_reopened_index_shows() {
    let mut fixture = sample();
    let lost = fixture.write("lost.rs", "lost\n", "");
    fixture.apply(9, &[lost], &[]);
    fixture.writer = None;
    let (readable, writer) = Readable::open(&fixture.index(), &READ_ONLY).unwrap();
    assert!(writer.is_none());
    assert_eq!(readable.seal.as_ref().map(|seal| seal.payload.as_str()), Some("one"));
    assert_eq!(readable.recount().unwrap(), None);
    fixture.readable = readable;
    assert_eq!(fixture.find("lost", |_| {}), "");
    assert_eq!(
        fixture.facts(),
        "empty.go@7=17 src/main.go@7=20 src/parser.rs@7=22 test/a.go@7=18"
    );
}

#[test]
fn a_second_writer_is_locked_out_and_a_reader_is_not() {
    let fixture = sample();
    let code = |options: OpenOptions| {
        Readable::open(&fixture.index(), &options)
            .map(|_| ())
            .map_err(|error| error.code)
    };
    assert_eq!(code(WRITABLE), Err(Code::Locked));
    assert_eq!(code(READ_ONLY), Ok(()));
}

#[test]
fn damage_is_named() {
    let fixture = sample();
    let folder = fixture.index();
    let segment_file = |extension: &str| {
        let mut files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        files
            .find(|file| file.extension().is_some_and(|found| found == extension))
            .unwrap()
    };
    let opened = || {
        Readable::open(&folder, &READ_ONLY)
            .map(|_| ())
            .map_err(|error| (error.code, error.message))
    };
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();

    let store = segment_file("store");
    let sound = fs::read(&store).unwrap();
    let mut flipped = sound.clone();
    flipped[3] ^= 0x10;
    fs::write(&store, &flipped).unwrap();
    assert_eq!(fixture.readable.verify().unwrap(), [name(&store)]);
    fs::write(&store, &sound).unwrap();
    assert!(fixture.readable.verify().unwrap().is_empty());

    let hidden = folder.join("hidden");
    fs::rename(&store, &hidden).unwrap();
    let (code, message) = opened().unwrap_err();
    assert!(
        code == Code::IndexCorrupt && message.contains(&name(&store)),
        "{message}"
    );
    assert_eq!(fixture.readable.verify().unwrap(), [name(&store)]);
    fs::rename(&hidden, &store).unwrap();
    opened().unwrap();

    // What only says the same in other letters was not written by anybody.
    let list = fs::read_to_string(folder.join("meta.json")).unwrap();
    for (from, to) in [("fieldnorms", "fimldnorms"), (": ", ":\t"), ("}\n", "}")] {
        fs::write(folder.join("meta.json"), list.replacen(from, to, 1)).unwrap();
        assert_eq!(fixture.readable.verify().unwrap(), ["meta.json"], "{from:?}");
    }
    fs::write(folder.join("meta.json"), "{\"segments\": [").unwrap();
    assert_eq!(opened().unwrap_err().0, Code::IndexCorrupt);
    fs::remove_file(folder.join("meta.json")).unwrap();
    assert_eq!(opened().unwrap_err().0, Code::IndexCorrupt);
}

#[test]
fn no_truncated_file_goes_unnoticed() {
    let fixture = sample();
    let folder = fixture.index();
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let is_data = |file: &PathBuf| !file.to_string_lossy().ends_with("lock") && fs::metadata(file).unwrap().len() > 0;
    let files: Vec<PathBuf> = files.filter(is_data).collect();
    assert!(files.len() > 6, "{files:?}");
    for file in files {
        let sound = fs::read(&file).unwrap();
        for length in [0, 1, 3, sound.len() / 2, sound.len() - 2] {
            // A new file: truncating one that is mapped would take the process down.
            fs::remove_file(&file).unwrap();
            fs::write(&file, &sound[..length]).unwrap();
            let opened = guarded(|| Readable::open(&folder, &READ_ONLY));
            let noticed = match opened {
                Ok((readable, _)) => !readable.verify().unwrap().is_empty(),
                Err(error) => matches!(error.code, Code::IndexCorrupt | Code::Panic),
            };
            assert!(noticed, "{} cut to {length} of {} bytes", file.display(), sound.len());
        }
        fs::write(&file, sound).unwrap();
    }
    assert!(Readable::open(&folder, &READ_ONLY)
        .unwrap()
        .0
        .verify()
        .unwrap()
        .is_empty());
}

#[test]
fn the_seal_counts_what_is_held_and_notices_another_meta_json() {
    let mut fixture = sample();
    let meta = fixture.index().join("meta.json");
    let old = fs::read(&meta).unwrap();
    let again = fixture.write("src/main.go", "func other() {}\n", "other");
    fixture.apply(8, &[again], &["test/a.go"]);
    fixture.commit("two");
    let sums = fixture.readable.seal.as_ref().unwrap().sums;
    assert_eq!((sums.files, sums.documents), (3, 6));
    assert_eq!(fixture.readable.recount().unwrap(), None);
    // The segments of the former commit under the seal of the newer one: whole files, and yet not what was committed.
    let new = fs::read_to_string(&meta).unwrap();
    let payload = |text: &str| text[text.rfind("\"payload\"").unwrap()..].to_owned();
    let old = String::from_utf8(old).unwrap();
    fixture.writer = None;
    fs::write(&meta, old.replace(&payload(&old), &payload(&new))).unwrap();
    match Readable::open(&fixture.index(), &READ_ONLY) {
        Ok((readable, _)) => assert!(readable.recount().unwrap().unwrap().contains("last commit says 3")),
        Err(error) => assert_eq!(error.code, Code::IndexCorrupt),
    }
    fs::write(&meta, new.replace("two", "too")).unwrap();
    let error = Readable::open(&fixture.index(), &READ_ONLY).map(|_| ()).unwrap_err();
    assert!(error.message.contains("seal"), "{}", error.message);
}

#[test]
fn a_lost_or_cut_list_of_files_is_noticed() {
    let fixture = sample();
    let list = fixture.index().join(".managed.json");
    for content in [None, Some("[]"), Some("[\"meta.json\"")] {
        fs::remove_file(&list).ok();
        if let Some(text) = content {
            fs::write(&list, text).unwrap();
        }
        let error = Readable::open(&fixture.index(), &READ_ONLY).map(|_| ()).unwrap_err();
        assert_eq!(error.code, Code::IndexCorrupt, "{content:?}: {}", error.message);
    }
}

#[test]
fn after_a_failure_the_index_stays_closed() {
    let fixture = sample();
    let shared = Shared {
        readable: Mutex::new(Ok(fixture.readable.clone())),
        writer: Mutex::new(fixture.writer),
    };
    let query = shared.reading(|_| Err::<(), _>(NativeError::new(Code::Query, "only the query was wrong")));
    assert_eq!(query.unwrap_err().code, Code::Query);
    shared.reading(Readable::stats).unwrap();
    let failure = shared.writing(|_, _| -> Result<()> { panic!("the disk is on fire") });
    assert_eq!(failure.unwrap_err().code, Code::Panic);
    let closed = shared.reading(Readable::stats).map(|_| ()).unwrap_err();
    assert!(
        closed.code == Code::IndexClosed && closed.message.contains("on fire"),
        "{}",
        closed.message
    );
    let still = shared
        .writing(|readable, writer| writer.commit(readable, String::new()))
        .unwrap_err();
    assert_eq!(still.code, Code::IndexClosed);
    // The failed writer is gone, and with it its lock.
    Readable::open(&fixture.temp.path().join("index"), &WRITABLE).unwrap();
}

#[test]
fn a_merge_waits_for_the_commit() {
    let mut fixture = sample();
    fixture.apply(8, &[], &["src/main.go"]);
    let error = fixture
        .writer
        .as_mut()
        .unwrap()
        .merge(&fixture.readable, 1)
        .unwrap_err();
    assert_eq!(error.code, Code::InvalidArgument);
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

#[test]
fn contents_are_those_of_the_files_after_changes_and_merges() {
    let mut fixture = sample();
    let again = fixture.write("src/main.go", "func other() {}\n", "other");
    fixture.apply(8, &[again], &["test/a.go"]);
    fixture.commit("two");
    let of = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..16].to_owned();
    let parser = fs::read_to_string(fixture.sources().path().join("src/parser.rs")).unwrap();
    let expected = [
        format!("empty.go={}", of("")),
        format!("src/main.go={}", of("func other() {}\n")),
        format!("src/parser.rs={}", of(&parser)),
    ];
    assert_eq!(contents(&fixture.readable), expected);
    fixture.writer.as_mut().unwrap().merge(&fixture.readable, 1).unwrap();
    assert_eq!(contents(&fixture.readable), expected);
}

/// Flips a bit in the middle of a file, under a new inode: what is mapped stays as it is.
fn flip(path: &std::path::Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_salvaged_is_whole_files_and_no_others() {
    // So many different words that the writer's memory is full more than once in the middle of a file.
    let mut fixture = Fixture::new();
    let text = |name: &str| -> String {
        let paragraph = |i: u32| format!("{name}{:08x}\n\n", i.wrapping_mul(2_654_435_761)).repeat(2);
        (0..40_000).map(paragraph).collect()
    };
    let files = ["a.rs", "b.rs", "c.rs"].map(|path| fixture.write(path, &text(&path[..1]), ""));
    fixture.apply(1, &files, &[]);
    fixture.commit("one");
    let small: Vec<_> = (0..20)
        .map(|i| fixture.write(&format!("small{i:02}.rs"), &format!("small number{i}\n"), ""))
        .collect();
    fixture.apply(2, &small, &[]);
    fixture.commit("two");
    // Deletes are part of what is salvaged.
    let (changed, removed) = (fixture.write("small03.rs", "small again\n", ""), "small04.rs");
    fixture.apply(3, &[changed], &[removed]);
    fixture.commit("three");
    fixture.writer = None;
    let sound = contents(&fixture.readable);
    let stores: Vec<PathBuf> = fixture
        .readable
        .files()
        .unwrap()
        .into_iter()
        .filter(|name| name.ends_with(".store"))
        .map(|name| fixture.index().join(name))
        .collect();
    assert!(stores.len() > 3, "{} segments", stores.len());
    for (number, store) in stores.iter().enumerate() {
        let bytes = fs::read(store).unwrap();
        flip(store);
        let into = fixture.temp.path().join(format!("salvaged{number}"));
        assert!(salvage::salvage(&fixture.index(), &into, "saved".to_owned(), None).unwrap());
        let (readable, _) = Readable::open(&into, &READ_ONLY).unwrap();
        assert_eq!(readable.seal.as_ref().unwrap().payload, "saved");
        // As many documents as the files that are held have, so none is cut.
        assert_eq!(readable.recount().unwrap(), None);
        assert!(readable.verify().unwrap().is_empty());
        let held = contents(&readable);
        assert!(
            held.len() < sound.len(),
            "nothing was missing without {}",
            store.display()
        );
        assert!(held.iter().all(|file| sound.contains(file)), "{held:?}");
        fs::write(store, bytes).unwrap();
    }
    for store in &stores {
        flip(store);
    }
    let into = fixture.temp.path().join("nothing");
    assert!(!salvage::salvage(&fixture.index(), &into, "saved".to_owned(), None).unwrap());
    assert!(!into.exists());
}

#[test]
fn what_a_kill_left_of_a_commit_is_in_nobodys_way() {
    let mut fixture = Fixture::new();
    let files = ["a.rs", "b.rs"].map(|path| fixture.write(path, "words\n", ""));
    fixture.apply(1, &files, &[]);
    fixture.commit("one");
    let store = fixture
        .readable
        .files()
        .unwrap()
        .into_iter()
        .find(|name| name.ends_with(".store"));
    let id = store.unwrap().replace(".store", "");
    fixture.writer = None;
    // Whichever stamp the next commit has, the set of what it deletes is there already, cut.
    for stamp in 1..50 {
        fs::write(fixture.index().join(format!("{id}.{stamp}.del")), "half").unwrap();
    }
    let (readable, writer) = Readable::open(&fixture.index(), &WRITABLE).unwrap();
    (fixture.readable, fixture.writer) = (readable, writer);
    fixture.apply(2, &[], &["a.rs"]);
    fixture.commit("two");
    assert_eq!(fixture.readable.recount().unwrap(), None);
    assert!(fixture.readable.verify().unwrap().is_empty());
    let names = fs::read_dir(fixture.index())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let deletes = names.filter(|name| name.to_string_lossy().ends_with(".del"));
    assert_eq!(deletes.count(), 1);
}

#[test]
fn lists_that_are_damaged_cost_nothing_while_there_is_a_sealed_one() {
    let mut fixture = sample();
    let sealed = fs::read_to_string(fixture.index().join("meta.json")).unwrap();
    let sound = contents(&fixture.readable);
    let salvaged = |fixture: &Fixture, name: &str| {
        let into = fixture.temp.path().join(name);
        assert!(salvage::salvage(&fixture.index(), &into, "saved".to_owned(), Some(&sealed)).unwrap());
        let (readable, _) = Readable::open(&into, &READ_ONLY).unwrap();
        assert_eq!(readable.recount().unwrap(), None);
        assert!(readable.verify().unwrap().is_empty());
        contents(&readable)
    };
    let meta = fixture.index().join("meta.json");
    let bytes = fs::read(&meta).unwrap();
    let managed = fixture.index().join(".managed.json");
    for damaged in ["", "{", "[1]"] {
        fs::write(&managed, damaged).unwrap();
        assert_eq!(salvaged(&fixture, &format!("managed{}", damaged.len())), sound);
    }
    // One bit at a time, all over the list.
    for at in (0..bytes.len()).step_by(41) {
        let mut changed = bytes.clone();
        changed[at] ^= 4;
        fs::write(&meta, changed).unwrap();
        assert_eq!(salvaged(&fixture, &format!("bit{at}")), sound, "byte {at}");
    }
    fs::remove_file(&meta).unwrap();
    assert_eq!(salvaged(&fixture, "missing"), sound);
    let without = salvage::salvage(
        &fixture.index(),
        &fixture.temp.path().join("without"),
        String::new(),
        None,
    );
    assert!(without.is_err());
    assert!(!fixture.temp.path().join("without").exists());

    // What came after the list was sealed is missing, and what was replaced since stays deleted.
    fixture = Fixture::new();
    let meta = fixture.index().join("meta.json");
    let old: Vec<_> = (0..9)
        .map(|i| fixture.write(&format!("old{i}.rs"), &format!("old number{i}\n"), ""))
        .collect();
    fixture.apply(1, &old, &[]);
    fixture.commit("one");
    for (seq, name) in [(2, "old3.rs"), (3, "old4.rs")] {
        let sealed = fs::read_to_string(&meta).unwrap();
        let changed = fixture.write(name, "changed\n", "");
        fixture.apply(seq, &[changed], &["old5.rs"]);
        fixture.commit("later");
        let now = contents(&fixture.readable);
        let list = fs::read(&meta).unwrap();
        fs::write(&meta, "{}").unwrap();
        let into = fixture.temp.path().join(format!("salvaged{seq}"));
        assert!(salvage::salvage(&fixture.index(), &into, "saved".to_owned(), Some(&sealed)).unwrap());
        let (readable, _) = Readable::open(&into, &READ_ONLY).unwrap();
        let held = contents(&readable);
        assert_eq!(held.len(), now.len() - 1);
        assert!(held.iter().all(|file| now.contains(file)), "{held:?}");
        fs::write(&meta, list).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_or_too_large_is_not_opened() {
    let fixture = sample();
    let folder = fixture.index();
    let refused = || Readable::open(&folder, &READ_ONLY).map(|_| ()).unwrap_err().message;
    let list = folder.join("meta.json");
    let sound = fs::read(&list).unwrap();
    fs::remove_file(&list).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &list).unwrap();
    assert!(refused().contains("meta.json is not a regular file"), "{}", refused());
    assert!(salvage::salvage(&folder, &fixture.temp.path().join("new"), String::new(), None).is_err());
    fs::remove_file(&list).unwrap();
    fs::File::create(&list).unwrap().set_len(1 << 40).unwrap();
    assert!(refused().contains("more than the"), "{}", refused());
    fs::write(&list, sound).unwrap();
    let store = fixture.readable.files().unwrap().pop().unwrap();
    fs::remove_file(folder.join(&store)).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join(&store)).unwrap();
    assert!(refused().contains(&format!("{store} is missing")), "{}", refused());
}

/// Words, postings and different words of each mode, counted from the texts of chunks.
fn words_by_hand(chunks: &[(u32, &str)]) -> Vec<(u32, f64, f64, f64)> {
    let mut modes: Vec<u32> = chunks.iter().map(|(mode, _)| *mode).collect();
    modes.sort_unstable();
    modes.dedup();
    let of_mode = |mode: u32| {
        let texts = || {
            chunks
                .iter()
                .filter(move |chunk| chunk.0 == mode)
                .map(|chunk| words_of(chunk.1))
        };
        let distinct = |words: Vec<String>| words.into_iter().collect::<std::collections::HashSet<_>>().len();
        let tokens = texts().map(|words| words.len()).sum::<usize>() as f64;
        let postings = texts().map(distinct).sum::<usize>() as f64;
        (mode, tokens, postings, distinct(texts().flatten().collect()) as f64)
    };
    modes.into_iter().map(of_mode).collect()
}

#[test]
fn words_are_counted_by_mode_whatever_came_before() {
    let counted = |fixture: &Fixture| -> Vec<(u32, f64, f64, f64)> {
        let counts = vocabulary::count_words(&fixture.readable).unwrap();
        let numbers = |each: WordCounts| (each.mode, each.tokens, each.postings, each.vocabulary);
        counts.into_iter().map(numbers).collect()
    };
    let mut fixture = Fixture::new();
    fixture.commit("nothing");
    assert_eq!(counted(&fixture), []);
    // More chunks with the same word than one block of postings has, in several segments.
    let many: String = (0..300)
        .map(|number| format!("common word{number} word{number}\n\n"))
        .collect();
    let prose = |fixture: &Fixture, path: &str, text: &str| {
        let mut entry = fixture.write(path, text, "");
        entry.chunks = Uint32Array::new(vec![2, 0, text.len() as u32, 0, 0]);
        entry
    };
    let files = [
        fixture.write("many.rs", &many, "common"),
        prose(&fixture, "a.md", "common prose"),
    ];
    fixture.apply(1, &files, &[]);
    fixture.commit("one");
    let files = [
        fixture.write("b.rs", "openFile common\n", ""),
        fixture.write("gone.rs", "gone common\n", ""),
    ];
    fixture.apply(2, &files, &[]);
    fixture.commit("two");
    let chunks: Vec<(u32, &str)> = many.split_inclusive("\n\n").map(|chunk| (1, chunk)).collect();
    let also = [(1, "openFile common"), (1, "gone common"), (2, "common prose")];
    assert_eq!(counted(&fixture), words_by_hand(&[&chunks[..], &also].concat()));
    // What is replaced or removed does not count, before a merge and after it.
    let files = [fixture.write("b.rs", "closeFile\n", "")];
    fixture.apply(3, &files, &["gone.rs", "a.md"]);
    fixture.commit("three");
    let expected = words_by_hand(&[&chunks[..], &[(1, "closeFile")]].concat());
    assert_eq!(counted(&fixture), expected);
    fixture.writer.as_mut().unwrap().merge(&fixture.readable, 1).unwrap();
    assert_eq!(counted(&fixture), expected);
}

/// Files of the index by segment, in the order of their names.
fn segment_files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn a_whole_file_of_another_segment_is_named_and_not_taken_over() {
    for extension in ["store", "fast", "term", "idx", "fieldnorm"] {
        let mut fixture = Fixture::new();
        // Two segments of as many files and documents, so that their counts say nothing.
        for (seq, words) in [(1, "one two"), (2, "three four five six")] {
            let entry = |n: u64| fixture.write(&format!("f{seq}{n}.rs"), &format!("fn f{seq}{n}() {{ {words} }}"), "");
            let files: Vec<_> = (0..3).map(entry).collect();
            fixture.apply(seq, &files, &[]);
            fixture.commit("two segments");
        }
        fixture.writer = None;
        let folder = fixture.index();
        assert!(fixture.readable.verify().unwrap().is_empty());
        let [one, other] = segment_files(&folder, extension).try_into().unwrap();
        let bytes = fs::read(&one).unwrap();
        // Renaming, because both are mapped.
        fs::write(folder.join("other"), bytes).unwrap();
        fs::rename(&other, &one).unwrap();
        fs::rename(folder.join("other"), &other).unwrap();

        let named = match Readable::open(&folder, &READ_ONLY) {
            Ok((readable, _)) => readable.verify().unwrap(),
            Err(error) => vec![error.message],
        };
        assert!(!named.is_empty(), "{extension}: nobody noticed");
        for file in [&one, &other] {
            let stem = file.file_stem().unwrap().to_string_lossy();
            assert!(named.iter().any(|name| name.contains(&*stem)), "{extension}: {named:?}");
        }
        let into = fixture.temp.path().join("salvaged");
        assert!(
            !salvage::salvage(&folder, &into, String::new(), None).unwrap(),
            "{extension}"
        );
    }
}
