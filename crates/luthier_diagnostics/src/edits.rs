//! Applying edits to a text.

use luthier_source::Span;

/// Why edits cannot be applied together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// Two edits touch the same text.
    Overlap,
    /// An edit lies outside the text or cuts a character.
    OutOfBounds,
}

/// The text after all edits, which may come in any order. Identical edits count once; several
/// insertions at one place are made in the order given.
pub fn apply(text: &str, edits: &[(Span, &str)]) -> Result<String, ApplyError> {
    let mut ordered: Vec<(Span, &str)> = Vec::with_capacity(edits.len());
    for edit in edits {
        if !ordered.contains(edit) {
            ordered.push(*edit);
        }
    }
    ordered.sort_by_key(|(span, _)| (span.start, span.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (span, replacement) in ordered {
        let (start, end) = (span.start as usize, span.end as usize);
        if start < done {
            return Err(ApplyError::Overlap);
        }
        result.push_str(text.get(done..start).ok_or(ApplyError::OutOfBounds)?);
        text.get(start..end).ok_or(ApplyError::OutOfBounds)?;
        result.push_str(replacement);
        done = end;
    }
    result.push_str(text.get(done..).ok_or(ApplyError::OutOfBounds)?);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_order_of_place() {
        let edits = [
            (Span::new(4, 5), "c"),
            (Span::new(0, 1), "A"),
            (Span::new(0, 1), "A"),
            (Span::at(2), "-"),
        ];
        assert_eq!(apply("a b b", &edits).as_deref(), Ok("A -b c"));
    }

    #[test]
    fn overlapping_or_outside_edits_are_refused() {
        assert_eq!(
            apply("abc", &[(Span::new(0, 2), ""), (Span::new(1, 3), "")]),
            Err(ApplyError::Overlap)
        );
        assert_eq!(
            apply("ä", &[(Span::new(1, 2), "")]),
            Err(ApplyError::OutOfBounds)
        );
        assert_eq!(
            apply("a", &[(Span::new(3, 4), "")]),
            Err(ApplyError::OutOfBounds)
        );
    }
}
