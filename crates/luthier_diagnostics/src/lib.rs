//! What does an answer look like?
//!
//! A [`Finding`] says that something is wrong at a place, how sure that is, which places lead
//! there, and maybe how to mend it. A [`Report`] is everything one run has to say. All plain data:
//! formats are `luthier_report`'s, decisions are `luthier_analysis`'s.

pub mod comparison;
pub mod edits;
pub mod finding;
pub mod fix;
pub mod graph;
pub mod migrations;
pub mod plans;
pub mod queries;
pub mod report;
pub mod review;
pub mod settings;

pub use edits::{ApplyError, apply};
pub use finding::{Category, Confidence, Dimension, Finding, Related, Severity};
pub use fix::{Applicability, Edit, Fix, FixAvailability, NewFile};
pub use luthier_source::Location;
pub use report::{DependsOn, ProjectSummary, Report, RuleInfo, Stats};
