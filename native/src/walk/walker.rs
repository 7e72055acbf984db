//! The walk itself: threads that take folders off one stack and put their sub-folders on it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::folder::{Entry, Folder, Kind};
use super::found::{Found, Listing};
use super::rules::{is_secret, is_version_control, join, FolderRules};
use super::Plan;
use crate::error::{NativeError, Result};
use crate::failpoint::reach;
use crate::read::Skip;
use crate::skip_reason::SkipReason;
use crate::task::{guarded, CancelFlag};

/// A folder to be listed.
struct Waiting {
    path: String,
    depth: usize,
    /// Of the folder above.
    rules: Arc<FolderRules>,
}

/// What the threads share.
#[derive(Default)]
struct Stack {
    waiting: Vec<Waiting>,
    /// Threads that are listing a folder and may yet add to `waiting`.
    busy: usize,
    failed: bool,
}

struct Walker<'a> {
    plan: &'a Plan,
    cancel: &'a CancelFlag,
    stack: Mutex<Stack>,
    changed: Condvar,
    found: Mutex<Found>,
}

/// Walks `plan`. Only a root that cannot be listed is an error; any other trouble is among what was left out.
pub fn walk(plan: &Plan, cancel: &CancelFlag) -> Result<Found> {
    Folder::open(&plan.root, "").map_err(|error| NativeError::io("list", plan.root.path(), &error))?;
    let start = Waiting {
        path: String::new(),
        depth: 0,
        rules: Arc::default(),
    };
    let walker = Walker {
        plan,
        cancel,
        stack: Mutex::new(Stack {
            waiting: vec![start],
            ..Stack::default()
        }),
        changed: Condvar::new(),
        found: Mutex::new(Found::new(plan.max_files)),
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..plan.threads).map(|_| scope.spawn(|| walker.run())).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| thread.join();
        threads.into_iter().map(join).collect()
    });
    for result in results {
        // The threads fence their own panics, so joining cannot fail.
        result.unwrap_or_else(|_| Err(NativeError::cancelled()))?;
    }
    Ok(walker.found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl Walker<'_> {
    fn run(&self) -> Result<()> {
        while let Some(folder) = self.take() {
            let listed = guarded(|| {
                reach("a thread of a walk");
                self.cancel.check()?;
                let (listing, folders) = self.list(&folder);
                self.found.lock().unwrap_or_else(PoisonError::into_inner).add(listing);
                Ok(folders)
            });
            let mut stack = self.lock();
            stack.busy -= 1;
            let outcome = listed.map(|folders| stack.waiting.extend(folders));
            stack.failed |= outcome.is_err();
            self.changed.notify_all();
            drop(stack);
            outcome?;
        }
        Ok(())
    }

    /// The next folder; `None` when there will be no more.
    fn take(&self) -> Option<Waiting> {
        let mut stack = self.lock();
        loop {
            if stack.failed {
                return None;
            }
            if let Some(folder) = stack.waiting.pop() {
                stack.busy += 1;
                return Some(folder);
            }
            if stack.busy == 0 {
                return None;
            }
            stack = self.changed.wait(stack).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stack> {
        self.stack.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a folder contains, and its sub-folders.
    fn list(&self, folder: &Waiting) -> (Listing, Vec<Waiting>) {
        let mut found = Listing::default();
        let mut folders = Vec::new();
        let opened = Folder::open(&self.plan.root, &folder.path).and_then(|opened| Ok((opened.entries()?, opened)));
        let (entries, opened) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                found.leave(folder.path.clone(), Skip::from_io(error));
                return (found, folders);
            }
        };
        found.is_listed = true;
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let report = |path, skip| found.leave(path, skip);
        let rules = FolderRules::of_folder(&self.plan.root, &folder.path, &folder.rules, &names, report);
        for entry in &entries {
            let path = join(&folder.path, &entry.name);
            if !self.is_wanted(&path, entry) || rules.ignores(&self.plan.common, &path, entry.kind == Kind::Folder) {
                continue;
            }
            let outcome = match entry.kind {
                _ if !entry.is_valid => Err(Skip::because(SkipReason::InvalidPath)),
                _ if is_secret(&entry.name, entry.kind == Kind::Folder) => Err(Skip::because(SkipReason::Secret)),
                Kind::Symlink => Err(Skip::because(SkipReason::Symlink)),
                Kind::Other => Err(Skip::because(SkipReason::NotRegular)),
                Kind::Folder if folder.depth + 1 > self.plan.max_depth => Err(Skip::because(SkipReason::TooDeep)),
                Kind::Folder => Ok(None),
                Kind::File => opened.stat(&entry.name).map(Some).map_err(Skip::from_io),
            };
            match outcome {
                Ok(Some(stat)) => found.files.push((path, stat)),
                Ok(None) => folders.push(Waiting {
                    path,
                    depth: folder.depth + 1,
                    rules: rules.clone(),
                }),
                // Gone between listing and stat: as if it had been deleted before.
                Err(skip) if skip.reason == SkipReason::Vanished => {}
                Err(skip) => found.leave(path, skip),
            }
        }
        (found, folders)
    }

    /// Whether a path lies on the way to the folder that the walk is restricted to, or in it.
    fn is_wanted(&self, path: &str, entry: &Entry) -> bool {
        let under = self.plan.under.as_str();
        let is_within = |path: &str, folder: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
        };
        !is_version_control(&entry.name)
            && (is_within(path, under) || (entry.kind == Kind::Folder && is_within(under, path)))
    }
}
