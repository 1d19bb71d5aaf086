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

/// The candidate that a name is one slip of a finger away from: a letter too many, too few or another
/// one, or two that changed places. An `s` at the end is no slip, and neither is another number; short
/// names are often other ones, keys left out.
pub(crate) fn slipped<'a>(
    wanted: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    const SHORTEST: usize = 4;
    let stem = |name: &str| {
        name.trim_end_matches(|c: char| c == 's' || c.is_ascii_digit())
            .len()
    };
    let is_slip = |candidate: &str| match candidate.len() {
        ..SHORTEST => is_key(candidate) && is_slip_of_key(wanted, candidate),
        _ => candidate[..stem(candidate)] != wanted[..stem(wanted)],
    };
    candidates
        .filter(|candidate| is_slip(candidate))
        .filter(|candidate| strsim::osa_distance(wanted, candidate) == 1)
        .min()
}

/// Whether every model has something of the name.
fn is_key(name: &str) -> bool {
    matches!(name, "id" | "pk")
}

/// Whether a letter of a key is another one, stands twice or in the place of the other: `uid` is a name
/// of its own.
fn is_slip_of_key(wanted: &str, key: &str) -> bool {
    match wanted.len() {
        2 => true,
        3 => {
            let mut letters: Vec<char> = wanted.chars().collect();
            letters.dedup();
            letters.into_iter().eq(key.chars())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{nearest, slipped};

    #[test]
    fn other_numbers_are_no_slips() {
        let names = ["created", "customer", "line1", "tag"];
        let of = |wanted| slipped(wanted, names.into_iter());
        assert_eq!(of("costumer"), None);
        assert_eq!(of("custmoer"), Some("customer"));
        assert_eq!(of("createdd"), Some("created"));
        assert_eq!(of("createds"), None);
        assert_eq!(of("line2"), None);
        assert_eq!(of("tags"), None);
        assert_eq!(of("tagg"), None);
    }

    #[test]
    fn keys_are_short_and_everywhere() {
        let of = |wanted| slipped(wanted, ["id", "ip", "pk"].into_iter());
        assert_eq!(of("kp"), Some("pk"));
        assert_eq!(of("iid"), Some("id"));
        assert_eq!(of("uid"), None);
        assert_eq!(of("x"), None);
    }

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
