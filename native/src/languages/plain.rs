//! Plain text: every text file that no other language claims. No grammar, so no symbols, but chunks for search.

use super::{Language, PLAIN};

/// Plain text, number 0.
pub static LANGUAGE: Language = PLAIN;
