//! Bash: the row; its query is in bash.scm.

use super::{Language, Mode, PLAIN};

/// Bash.
pub static LANGUAGE: Language = Language {
    name: "Bash",
    id: "shellscript",
    mode: Mode::Code,
    grammar: Some(tree_sitter_bash::LANGUAGE),
    query: include_str!("bash.scm"),
    extensions: &["sh", "bash", "zsh", "ksh", "bats"],
    file_names: &[".bashrc", ".bash_profile", ".profile", ".zshrc"],
    shebangs: &["sh", "bash", "zsh", "ksh", "dash"],
    ..PLAIN
};
