//! What can go wrong, as stable codes that JavaScript sees in the `code` property of an Error.
//! Foreign errors are mapped to codes here and nowhere else.

use std::io;
use std::path::Path;

use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::TantivyError;

/// The code of a failure. Its text is the JavaScript error's `code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The operating system refused.
    Io,
    /// Somebody else holds the lock.
    Locked,
    /// An argument that no correct caller passes.
    InvalidArgument,
    /// The search index on disk is damaged or of another version.
    IndexCorrupt,
    /// The search index was closed, or failed before and has to be opened again.
    IndexClosed,
    /// A query or pattern that cannot be run as it stands.
    Query,
    /// The caller cancelled.
    Cancelled,
    /// The disk or a quota is full.
    NoSpace,
    /// A bug of ours, caught before it could take the process down.
    Panic,
}

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        match self {
            Code::Io => "ERR_IO",
            Code::Locked => "ERR_LOCKED",
            Code::InvalidArgument => "ERR_INVALID_ARGUMENT",
            Code::IndexCorrupt => "ERR_INDEX_CORRUPT",
            Code::IndexClosed => "ERR_INDEX_CLOSED",
            Code::Query => "ERR_QUERY",
            Code::Cancelled => "ERR_CANCELLED",
            Code::NoSpace => "ERR_NO_SPACE",
            Code::Panic => "ERR_PANIC",
        }
    }
}

/// A failure with its code and a message that says what and where.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct NativeError {
    pub code: Code,
    pub message: String,
}

/// Result of everything that may fail in this crate.
pub type Result<T, E = NativeError> = std::result::Result<T, E>;

/// The error of a synchronous export: napi throws it with `code`.
pub type Thrown = napi::Error<Code>;

impl NativeError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// An argument that no correct caller passes.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    /// The caller cancelled.
    pub fn cancelled() -> Self {
        Self::new(Code::Cancelled, "cancelled")
    }

    /// A refusal of the operating system: `doing` completes the sentence "could not …".
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("could not {doing} {}: {error}", path.display());
        Self::new(io_code(error), message)
    }

    /// A failure of Tantivy: `doing` completes the sentence "could not …".
    pub fn tantivy(doing: &str, folder: &Path, error: &TantivyError) -> Self {
        let message = format!("could not {doing} {}: {error}", folder.display());
        Self::new(tantivy_code(error), message)
    }
}

impl From<NativeError> for Thrown {
    fn from(error: NativeError) -> Self {
        napi::Error::new(error.code, error.message)
    }
}

fn io_code(error: &io::Error) -> Code {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::NoSpace,
        _ => Code::Io,
    }
}

/// Tantivy reports what it cannot parse as an I/O error of these kinds.
fn read_code(error: &io::Error) -> Code {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Code::IndexCorrupt,
        _ => io_code(error),
    }
}

fn tantivy_code(error: &TantivyError) -> Code {
    match error {
        TantivyError::IoError(error) => read_code(error),
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => read_code(io_error),
        TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, .. })
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error, .. }) => io_code(io_error),
        TantivyError::LockFailure(LockError::LockBusy, _) => Code::Locked,
        TantivyError::LockFailure(LockError::IoError(error), _) => io_code(error),
        TantivyError::InvalidArgument(_) => Code::InvalidArgument,
        TantivyError::OpenReadError(_)
        | TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::SchemaError(_)
        | TantivyError::DeserializeError(_)
        | TantivyError::FieldNotFound(_) => Code::IndexCorrupt,
        _ => Code::Io,
    }
}
