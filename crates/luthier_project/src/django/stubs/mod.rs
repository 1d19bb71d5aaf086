//! Descriptions of Django and common packages in Python's own syntax, for projects whose virtual
//! environment is not there. They hold class headers, fields and options, made by introspection of
//! the real packages, and are read like any other module.

mod table;

use std::sync::OnceLock;

use self::table::STUBS;
use crate::facts::{PythonFacts, extract_python};

/// One described module.
struct Stub {
    text: &'static str,
    is_package: bool,
}

/// The facts of a described module by its dotted name, and whether it is a package. Read when
/// first asked for, then kept for the whole program: descriptions are the same for every project.
pub fn find(dotted: &str) -> Option<(&'static PythonFacts, bool)> {
    static FACTS: [OnceLock<PythonFacts>; STUBS.len()] = [const { OnceLock::new() }; STUBS.len()];
    let index = STUBS.binary_search_by_key(&dotted, |(name, _)| name).ok()?;
    let stub = &STUBS[index].1;
    let facts = FACTS[index].get_or_init(|| extract_python("", stub.text));
    Some((facts, stub.is_package))
}

const fn stub(dotted: &'static str, text: &'static str, is_package: bool) -> (&'static str, Stub) {
    (dotted, Stub { text, is_package })
}

#[cfg(test)]
mod tests {
    use super::{STUBS, find};

    #[test]
    fn every_description_parses_and_is_found() {
        assert!(STUBS.is_sorted_by_key(|(name, _)| *name));
        for (name, _) in STUBS {
            let (facts, _) = find(name).expect("it is in the table");
            assert_eq!(facts.problems, [], "{name}");
        }
    }
}
