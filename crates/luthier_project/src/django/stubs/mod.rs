//! Descriptions of Django and common packages in Python's own syntax, for projects whose virtual
//! environment is not there. They hold class headers, fields and options, made by introspection of
//! the real packages, and are read like any other module.

/// One described module.
#[derive(Clone, Copy, Debug)]
pub struct Stub {
    pub text: &'static str,
    pub is_package: bool,
}

/// The description of a module by its dotted name.
pub fn find(dotted: &str) -> Option<Stub> {
    let index = STUBS.binary_search_by_key(&dotted, |(name, _)| name).ok()?;
    Some(STUBS[index].1)
}

/// By dotted name, sorted.
const STUBS: &[(&str, Stub)] = &[];
