//! What somebody may have meant who wrote a name that is not there.

/// How many letters may differ; two that changed places count as one.
const MAX_DISTANCE: usize = 3;

/// Of all candidates the one that differs least from a misspelt name; letter case does not matter.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    // Of a short name little is left once three letters are changed.
    let limit = MAX_DISTANCE.min(wanted.chars().count() / 2);
    candidates
        .map(|candidate| {
            (
                strsim::osa_distance(&wanted, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_is_too_far_is_not_offered() {
        let names = ["created", "customer", "note"];
        let of = |wanted| nearest(wanted, names.into_iter());
        assert_eq!(of("costumer"), Some("customer"));
        assert_eq!(of("Note"), Some("note"));
        assert_eq!(of("no"), None);
        assert_eq!(of("loyalty_level"), None);
    }
}
