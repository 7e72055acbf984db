//! Damage is noticed and named, and a failure closes the index.

use super::*;

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
    let shared = Shared::new(fixture.readable.clone(), fixture.writer);
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
