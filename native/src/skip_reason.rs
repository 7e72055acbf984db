//! Why a file is not indexed. The numbers are those of `skipReasons` in server/model/skipReason.ts.

/// The reason's number crosses to JavaScript; 0 there means "not skipped".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SkipReason {
    Binary = 1,
    TooLarge = 2,
    Unreadable = 3,
    NotRegular = 4,
    Symlink = 5,
    Secret = 6,
    InvalidPath = 7,
    TooDeep = 8,
    Vanished = 9,
    Unstable = 10,
    Crashed = 11,
    TooManyFiles = 12,
}
