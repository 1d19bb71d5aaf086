//! Drawing and misspelling, the same each time for one seed.

use std::collections::BTreeSet;

/// Short words that are none of names in Python.
const KEYWORDS: &[&str] = &[
    "as", "def", "del", "for", "if", "in", "is", "not", "or", "try",
];

/// `SplitMix64`: small, and the same everywhere.
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub(super) fn choose<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    pub(super) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }

    /// The name with two letters exchanged, one left out, doubled or replaced; never a name that is
    /// known.
    pub(super) fn misspell(&mut self, name: &str, known: &BTreeSet<String>) -> String {
        let letters: Vec<char> = name.chars().collect();
        loop {
            let at = self.below(letters.len());
            let mut changed = letters.clone();
            match self.below(4) {
                0 if at + 1 < letters.len() => changed.swap(at, at + 1),
                1 if letters.len() > 3 => {
                    changed.remove(at);
                }
                2 => changed.insert(at, letters[at]),
                _ => changed[at] = char::from(b'a' + self.below(26) as u8),
            }
            let changed: String = changed.into_iter().collect();
            let is_one_name = !KEYWORDS.contains(&&*changed)
                && !changed.contains("__")
                && !changed.starts_with(|first: char| first == '_' || first.is_ascii_digit())
                && !changed.ends_with('_');
            if changed != name && is_one_name && !known.contains(&changed) {
                return changed;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Random;

    #[test]
    fn misspellings_are_new_and_the_same_each_time() {
        let known = BTreeSet::from(["name".to_owned(), "nam".to_owned()]);
        let draw = || {
            let mut random = Random::new(7);
            (0..50).map(|_| random.misspell("name", &known)).collect()
        };
        let drawn: Vec<String> = draw();
        assert_eq!(drawn, draw());
        assert!(drawn.iter().all(|name| !known.contains(name)));
        assert!(drawn.iter().all(|name| name.len().abs_diff(4) <= 1));
    }
}
