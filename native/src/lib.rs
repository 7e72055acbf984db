//! The native half of Almagest, bound to JavaScript by napi-rs.

use napi_derive::napi;

/// Version of the crate.
#[napi]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
