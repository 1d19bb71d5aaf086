//! What fixes take out of a text: one of several elements or arguments, a whole statement.

use luthier_source::Span;

/// The text to take out so that one of several items (in order, separated by commas) goes with its
/// comma. `None` for the only one, and where a comment would go too.
pub(crate) fn without(text: &str, items: &[Span], item: Span) -> Option<Span> {
    let at = items.iter().position(|other| *other == item)?;
    let span = match (
        at.checked_sub(1).map(|before| items[before]),
        items.get(at + 1),
    ) {
        (_, Some(next)) => Span::new(item.start, next.start),
        (Some(before), None) => Span::new(before.end, item.end),
        (None, None) => return None,
    };
    let around = text.get(span.start as usize..span.end as usize)?;
    let line_end = text.get(span.end as usize..)?.lines().next().unwrap_or("");
    (!around.contains('#') && !line_end.contains('#')).then_some(span)
}

/// The lines of a statement, where nothing else stands on them.
pub(crate) fn whole_lines(text: &str, statement: Span) -> Option<Span> {
    let before = text.get(..statement.start as usize)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(statement.end as usize..)?;
    let end = rest
        .find('\n')
        .map_or(text.len(), |at| statement.end as usize + at + 1);
    let is_alone = before[start..].trim().is_empty()
        && text[statement.end as usize..end].trim().is_empty()
        && !text[start..end].contains('#');
    is_alone.then(|| Span::new(start as u32, end as u32))
}
