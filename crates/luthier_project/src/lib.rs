//! What is this Django project?
//!
//! [`facts`] says what each file says by itself; the nouns link that into one read-only
//! [`Project`]. Nothing here fails or judges: broken input gives a value, unknown is a value.

pub mod facts;

use luthier_source::Sources;

/// One linked Django project.
#[derive(Debug, Default)]
pub struct Project {}

impl Project {
    /// The project of an in-memory repository: for examples and tests.
    pub fn from_sources(_sources: &Sources) -> Self {
        Self {}
    }
}
