//! Ruby: the row; its query is in ruby.scm.

use super::{Constructors, ExportRule, Language, Mode, Tests, Visibility, PLAIN};

/// Ruby.
pub static LANGUAGE: Language = Language {
    name: "Ruby",
    id: "ruby",
    version: 4,
    mode: Mode::Code,
    grammar: Some(tree_sitter_ruby::LANGUAGE),
    query: include_str!("ruby.scm"),
    extensions: &["rb", "rake", "gemspec", "ru"],
    file_names: &["Rakefile", "Gemfile", "Guardfile", "Vagrantfile"],
    shebangs: &["ruby"],
    separator: "::",
    exports: ExportRule::Modifier(Visibility::Public),
    constructors: Constructors::Named(&["initialize"]),
    tests: Tests {
        files: &["*_test.rb", "*_spec.rb", "test_*.rb", "test/", "spec/"],
        prefixes: &["test_", "Test"],
        attributes: &[],
    },
    ..PLAIN
};
