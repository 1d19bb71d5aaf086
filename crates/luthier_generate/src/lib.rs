//! What code should exist?
//!
//! A linked project and a request give edits and new files; they are written by the one way in which
//! the user's files are changed, by whoever asked.

mod merge;
mod plan;

pub use luthier_diagnostics::fix::NewFile;
pub use luthier_diagnostics::migrations::{AppMerge, MergeOutcome};
pub use luthier_diagnostics::plans::{PlanStep, Plans};
pub use merge::merges;
pub use plan::{PlanRequest, kept, plans, release};
