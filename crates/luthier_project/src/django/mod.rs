//! What Django itself is: tables by version, and descriptions of packages that are not installed.

pub mod checks;
pub mod names;
pub mod operations;
pub mod settings;
pub mod stubs;
pub mod version;

pub use version::{DjangoTarget, DjangoVersion, VersionSource};
