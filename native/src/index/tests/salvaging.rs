//! What is made of a damaged index, and of what a kill left.

use super::*;

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
