//! Which paths are left out: ignore files of the workspace, the user's global one, excludes from settings, and the two
//! built-in lists (version control folders, secrets), which nothing in a workspace can switch off.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::Match;

use crate::decode::decode;
use crate::error::{NativeError, Result};
use crate::read::{Root, Skip};

/// A larger ignore file is not read and is reported: compiling its globs would stop the walk.
const MAX_RULE_FILE_BYTES: u64 = 1 << 20;

/// Folders of version control systems are never entered.
const VERSION_CONTROL: [&str; 4] = [".git", ".hg", ".svn", ".jj"];

const SECRET_FOLDERS: [&str; 3] = [".aws", ".ssh", ".gnupg"];
const SECRET_PREFIXES: [&str; 5] = [".env", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
const SECRET_EXTENSIONS: [&str; 9] = ["pem", "key", "p12", "pfx", "jks", "keystore", "kdbx", "ppk", "keytab"];
const SECRET_NAMES: [&str; 10] = [
    ".npmrc",
    ".netrc",
    "_netrc",
    ".pypirc",
    ".pgpass",
    ".htpasswd",
    ".dockercfg",
    ".git-credentials",
    ".vault-token",
    "secring.gpg",
];

/// Whether a file or folder is never entered because it belongs to a version control system.
pub fn is_version_control(name: &str) -> bool {
    VERSION_CONTROL.contains(&name)
}

/// Whether a name says that it holds keys or passwords. Case, and the dots and spaces that Windows drops, do not matter.
pub fn is_secret(name: &str, is_folder: bool) -> bool {
    let name = name.to_lowercase();
    let name = name.trim_end_matches(['.', ' ']);
    if is_folder {
        return SECRET_FOLDERS.contains(&name);
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    SECRET_NAMES.contains(&name)
        || SECRET_EXTENSIONS.contains(&extension)
        || SECRET_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A rule that decides about a path.
#[derive(Debug, PartialEq)]
pub struct Decision {
    pub ignored: bool,
    /// As it is written.
    pub rule: String,
    /// Root-relative path of the ignore file; absolute for the global one; `None` for settings.
    pub source: Option<PathBuf>,
}

/// The rules that hold whatever the folder.
pub struct CommonRules {
    settings: Gitignore,
    global: Gitignore,
}

impl CommonRules {
    /// Compiles the excludes of the settings and reads the user's global ignore file.
    pub fn new(excludes: &[String]) -> Result<Self> {
        let mut builder = GitignoreBuilder::new("");
        for exclude in excludes {
            builder
                .add_line(None, exclude)
                .map_err(|error| NativeError::invalid(format!("the exclude {exclude:?} is no glob: {error}")))?;
        }
        let settings = builder
            .build()
            .map_err(|error| NativeError::invalid(format!("excludes: {error}")))?;
        // A global file with a faulty line counts as far as it is understood, as in git.
        let (global, _) = GitignoreBuilder::new("").build_global();
        Ok(Self { settings, global })
    }
}

/// The ignore files of one folder and, by `parent`, of those above it. Folders without any share their parent's.
#[derive(Default)]
pub struct FolderRules {
    parent: Option<Arc<FolderRules>>,
    /// `.ignore`, which wins over what git says.
    ignore: Option<Gitignore>,
    /// `.gitignore`, then `.git/info/exclude`.
    git: [Option<Gitignore>; 2],
    /// A repository begins here: git's rules from above end.
    is_repository: bool,
}

impl FolderRules {
    /// The rules of `folder` (root-relative, `""` for the root) among whose entries are `names`. An ignore file that
    /// cannot be used is handed to `report` with its root-relative path.
    pub fn of_folder(
        root: &Root,
        folder: &str,
        parent: &Arc<FolderRules>,
        names: &[&str],
        mut report: impl FnMut(String, Skip),
    ) -> Arc<FolderRules> {
        let has = |name: &str| names.contains(&name);
        let mut load = |name: &str| match read_rules(root, folder, name) {
            Ok(rules) => Some(rules),
            Err(skip) => {
                report(join(folder, name), skip);
                None
            }
        };
        let is_repository = has(".git");
        let ignore = has(".ignore").then(|| load(".ignore")).flatten();
        let gitignore = has(".gitignore").then(|| load(".gitignore")).flatten();
        // Most repositories have no such file, and a worktree's `.git` is a file: neither is worth a report.
        let exclude = is_repository
            .then(|| read_rules(root, folder, ".git/info/exclude").ok())
            .flatten();
        if ignore.is_none() && gitignore.is_none() && !is_repository {
            return parent.clone();
        }
        Arc::new(FolderRules {
            parent: Some(parent.clone()),
            ignore,
            git: [gitignore, exclude],
            is_repository,
        })
    }

    /// Whether a path directly in this folder is left out.
    pub fn ignores(&self, common: &CommonRules, path: &str, is_folder: bool) -> bool {
        self.matched(common, path, is_folder).is_ignore()
    }

    /// The rule that decides about a path directly in this folder, if there is one.
    pub fn decide(&self, common: &CommonRules, path: &str, is_folder: bool) -> Option<Decision> {
        let matched = self.matched(common, path, is_folder);
        matched.inner().map(|glob| Decision {
            ignored: matched.is_ignore(),
            rule: glob.original().to_owned(),
            source: glob.from().map(Path::to_owned),
        })
    }

    fn matched<'a>(
        &'a self,
        common: &'a CommonRules,
        path: &str,
        is_folder: bool,
    ) -> Match<&'a ignore::gitignore::Glob> {
        let test = |rules: &'a Gitignore| rules.matched(path, is_folder);
        let settings = test(&common.settings);
        if settings.is_ignore() {
            return settings;
        }
        let chain = || std::iter::successors(Some(self), |rules| rules.parent.as_deref());
        let decides = |matched: &Match<_>| !matched.is_none();
        chain()
            .filter_map(|rules| rules.ignore.as_ref())
            .map(test)
            .find(decides)
            .or_else(|| {
                let in_repository = chain()
                    .position(|rules| rules.is_repository)
                    .map_or(usize::MAX, |at| at + 1);
                let files = chain().take(in_repository).flat_map(|rules| rules.git.iter().flatten());
                files.map(test).find(decides)
            })
            .unwrap_or_else(|| test(&common.global))
    }
}

/// `name` in `folder`, root-relative.
pub fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

fn read_rules(root: &Root, folder: &str, name: &str) -> Result<Gitignore, Skip> {
    let path = join(folder, name);
    let mut bytes = Vec::new();
    root.read(&path, MAX_RULE_FILE_BYTES, &mut bytes)?;
    let mut builder = GitignoreBuilder::new(folder);
    for line in decode(&bytes).iter().flat_map(|(text, _)| text.lines()) {
        // As in git, a line that is no glob is as if it were not there.
        let _ = builder.add_line(Some(PathBuf::from(&path)), line);
    }
    builder.build().map_err(|error| Skip {
        detail: error.to_string(),
        ..Skip::because(crate::skip_reason::SkipReason::Unreadable)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        let secret = [
            ".env",
            ".ENV.local",
            "server.PEM",
            "id_rsa",
            "id_ed25519.pub",
            ".npmrc",
            "a.keystore",
            ".netrc. ",
        ];
        let harmless = ["env.ts", "key", "keys.rs", "pem.go", "my_id_rsa.md", "monkey.c"];
        assert!(secret.iter().all(|name| is_secret(name, false)));
        assert!(!harmless.iter().any(|name| is_secret(name, false)));
        assert!(is_secret(".AWS", true) && is_secret(".ssh", true) && !is_secret(".env", true));
    }
}
