//! TOML as values with places; what is broken becomes a problem and the rest is still there.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::{Problem, Span};

/// Reads a whole file; a table that is broken off keeps what was read of it.
pub(crate) fn parse_toml(text: &str) -> (DeTable<'_>, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors
        .into_iter()
        .map(|error| Problem {
            span: error.span().map_or(Span::at(0), to_span),
            message: error.message().to_owned(),
        })
        .collect();
    (table.into_inner(), problems)
}

pub(crate) fn to_span(range: std::ops::Range<usize>) -> Span {
    Span::new(range.start as u32, range.end as u32)
}

/// The value at a path of keys, with its place.
pub(crate) fn find<'t, 'i>(
    table: &'t DeTable<'i>,
    path: &[&str],
) -> Option<&'t Spanned<DeValue<'i>>> {
    let (first, rest) = path.split_first()?;
    let value = table.get(*first)?;
    if rest.is_empty() {
        Some(value)
    } else {
        find(value.get_ref().as_table()?, rest)
    }
}

/// The table at a path of keys.
pub(crate) fn find_table<'t, 'i>(table: &'t DeTable<'i>, path: &[&str]) -> Option<&'t DeTable<'i>> {
    find(table, path)?.get_ref().as_table()
}

/// The text at a path of keys.
pub(crate) fn find_str<'t>(table: &'t DeTable<'_>, path: &[&str]) -> Option<&'t str> {
    find(table, path)?.get_ref().as_str()
}

/// Keys and values in the order of the file; the table itself is sorted by key.
pub(crate) fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The strings of an array with their places, quotes included; other items are left out.
pub(crate) fn strings<'t>(value: &'t DeValue<'_>) -> impl Iterator<Item = (&'t str, Span)> {
    let items = value.as_array().into_iter().flat_map(|array| array.iter());
    items.filter_map(|item| Some((item.get_ref().as_str()?, to_span(item.span()))))
}
