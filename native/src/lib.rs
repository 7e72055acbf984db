//! The native half of Almagest, bound to JavaScript by napi-rs: reading, searching, walking, locking and hashing bytes.
//! It knows nothing of segments, LSP, VS Code, journals or policy. Work runs off the JavaScript thread (see `task`), and
//! every failure has a stable code (see `error`).

pub mod allocator;
pub mod checksums;
pub mod clock;
pub mod decode;
pub mod error;
pub mod extract;
pub mod failpoint;
pub mod grep;
pub mod hash_files;
pub mod index;
pub mod languages;
pub mod name_pattern;
pub mod os;
pub mod range_lock;
pub mod read;
pub mod read_texts;
pub mod skip_reason;
pub mod task;
pub mod walk;
