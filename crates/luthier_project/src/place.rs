//! Where in the repository something is written.

pub use luthier_source::Location as Place;
