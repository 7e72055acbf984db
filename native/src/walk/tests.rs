use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;
use crate::error::Code;

/// Makes a tree from `path` or `path: content` lines.
fn tree(root: &Path, files: &str) {
    for line in files.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (path, content) = line.split_once(": ").unwrap_or((line, ""));
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content.replace(" | ", "\n")).unwrap();
    }
}

fn options(root: &Path) -> WalkOptions {
    WalkOptions {
        root: root.to_str().unwrap().to_owned(),
        under: None,
        excludes: vec![],
        threads: 2,
        max_depth: 128,
        max_files: 1000,
    }
}

fn run(options: &WalkOptions) -> WalkResult {
    walker::walk(&Plan::new(options).unwrap(), &CancelFlag::new())
        .unwrap()
        .sorted()
        .into()
}

fn paths(result: &WalkResult) -> String {
    let bounds = result.path_offsets.windows(2);
    let path =
        |bounds: &[u32]| String::from_utf8_lossy(&result.paths[bounds[0] as usize..bounds[1] as usize]).into_owned();
    bounds.map(path).collect::<Vec<_>>().join(" ")
}

fn skips(result: &WalkResult) -> String {
    let skip = |skip: &SkippedPath| format!("{}={}", skip.path, skip.reason);
    result.skipped.iter().map(skip).collect::<Vec<_>>().join(" ")
}

#[test]
fn ignore_files_nest_negate_and_rank() {
    let temp = tempfile::tempdir().unwrap();
    tree(
        temp.path(),
        "
        .gitignore: *.log | /build/ | !keep.log | # comment | [bad
        .hidden
        a.log
        keep.log
        build/out.js
        sub/build/kept.js
        sub/.gitignore: !a.log | *.tmp
        sub/a.log
        sub/b.log
        sub/x.tmp
        sub/.ignore: b.log | !x.tmp
        sub/deep/y.tmp
        .git/config
        .git/info/exclude: excluded
        excluded
        nested/.git
        nested/z.log
        .svn/entries
        ",
    );
    let result = run(&options(temp.path()));
    assert_eq!(
        paths(&result),
        ".gitignore .hidden keep.log nested/z.log sub/.gitignore sub/.ignore sub/a.log sub/build/kept.js sub/x.tmp"
    );
    assert_eq!((skips(&result).as_str(), result.folders), ("", 5));
    assert_eq!(result.sizes[2], 0.0);
    assert_eq!(result.fingerprints.len(), 18);
}

#[test]
fn links_special_files_secrets_and_bad_names_are_skipped_with_reasons() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    tree(temp.path(), "outside/secret.txt");
    tree(
        &root,
        ".env\n.ENV.Local\nx/server.Pem\nx/ok.ts\n.ssh/config\na/b/c/d.ts",
    );
    symlink("../outside", root.join("link")).unwrap();
    symlink("x/ok.ts", root.join("file-link")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.join("pipe"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"bad\xFFname")), "").unwrap();
    // An ignore file that is no regular file must not stop the walk.
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.join("x/.gitignore"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    let result = run(&WalkOptions {
        max_depth: 2,
        ..options(&root)
    });
    assert_eq!(paths(&result), "x/ok.ts");
    assert_eq!(
        skips(&result),
        ".ENV.Local=6 .env=6 .ssh=6 a/b/c=8 bad\u{FFFD}name=7 file-link=5 link=5 pipe=4 x/.gitignore=4 x/server.Pem=6"
    );
}

#[test]
fn settings_win_and_a_sub_folder_obeys_its_parents() {
    let temp = tempfile::tempdir().unwrap();
    tree(
        temp.path(),
        "
        .gitignore: *.o
        lib/.gitignore: !main.c
        lib/main.c
        lib/main.o
        lib/sub/x.c
        library/y.c
        node_modules/a/index.js
        ",
    );
    let result = run(&WalkOptions {
        excludes: vec!["**/node_modules".into(), "*.c".into()],
        ..options(temp.path())
    });
    assert_eq!(paths(&result), ".gitignore lib/.gitignore");
    let under = |folder: &str| {
        paths(&run(&WalkOptions {
            under: Some(folder.into()),
            ..options(temp.path())
        }))
    };
    assert_eq!(under("lib"), "lib/.gitignore lib/main.c lib/sub/x.c");
    assert_eq!(under("lib/sub"), "lib/sub/x.c");
    assert_eq!(under("gone"), "");
}

#[test]
fn what_cannot_be_walked_is_an_error() {
    let temp = tempfile::tempdir().unwrap();
    let code = |options: &WalkOptions| Plan::new(options).map(|_| ()).unwrap_err().code;
    assert_eq!(code(&options(&temp.path().join("gone"))), Code::Io);
    assert_eq!(code(&options(Path::new("relative"))), Code::InvalidArgument);
    let outside = WalkOptions {
        under: Some("../x".into()),
        ..options(temp.path())
    };
    assert_eq!(code(&outside), Code::InvalidArgument);
    let bad_glob = WalkOptions {
        excludes: vec!["{a".into()],
        ..options(temp.path())
    };
    assert_eq!(code(&bad_glob), Code::InvalidArgument);
    let cancel = CancelFlag::new();
    cancel.cancel();
    let cancelled = walker::walk(&Plan::new(&options(temp.path())).unwrap(), &cancel);
    assert_eq!(cancelled.map(|_| ()).unwrap_err().code, Code::Cancelled);
}

#[test]
fn a_path_is_explained_by_the_rule_that_decides() {
    let temp = tempfile::tempdir().unwrap();
    tree(
        temp.path(),
        "
        .gitignore: *.log | /build/ | *.log
        sub/.gitignore: !a.log
        sub/a.log
        build/x/y.js
        .env
        plain.ts
        .git/config
        ",
    );
    let check = |path: &str, expected: &str| {
        let options = WalkOptions {
            excludes: vec!["dist".into()],
            ..options(temp.path())
        };
        let got = explain::explain(&Plan::new(&options).unwrap(), path).unwrap();
        let line = got.line.map_or("-".to_owned(), |line| line.to_string());
        let (rule, source) = (got.rule.unwrap_or_default(), got.source.unwrap_or_default());
        let shown = format!(
            "{} ignored={} secret={} {rule} {source}:{line}",
            got.kind, got.ignored, got.secret
        );
        assert_eq!(shown, expected, "{path}");
        assert_eq!(got.exists, got.kind != "missing");
    };
    check("x.log", "missing ignored=true secret=false *.log .gitignore:3");
    check("sub/a.log", "file ignored=false secret=false !a.log sub/.gitignore:1");
    check("build/x/y.js", "file ignored=true secret=false /build/ .gitignore:2");
    check("dist/a", "missing ignored=true secret=false dist settings:-");
    check(".env", "file ignored=false secret=true .env built in:-");
    check(".git/config", "file ignored=true secret=false .git built in:-");
    check("plain.ts", "file ignored=false secret=false  :-");
    check("", "folder ignored=false secret=false  :-");
}

#[test]
fn takes_the_first_files_and_counts_the_others_whatever_the_threads() {
    let temp = tempfile::tempdir().unwrap();
    let files: Vec<_> = (0..60).map(|i| format!("d{}/f{:02}.ts", i % 7, i)).collect();
    tree(temp.path(), &files.join("\n"));
    symlink("d0", temp.path().join("link")).unwrap();
    let mut sorted = files.clone();
    sorted.sort();
    for (threads, max_files) in [(1, 20), (4, 20), (4, 0), (2, 60), (2, 59)] {
        let result = run(&WalkOptions {
            threads,
            max_files,
            ..options(temp.path())
        });
        let (within, beyond) = sorted.split_at(max_files as usize);
        assert_eq!(paths(&result), within.join(" "));
        let mut left: Vec<_> = beyond.iter().map(|path| format!("{path}=12")).collect();
        left.push("link=5".to_owned());
        assert_eq!(skips(&result), left.join(" "));
        let counts = [result.skipped_counts[5], result.skipped_counts[12]];
        assert_eq!((result.count, counts), (max_files, [1, beyond.len() as u32]));
    }
}
