//! Growing cases of the growth oracle that no fix can mend rightly, and why.

/// What walks down or up a tree.
const TREE: &str = "it walks a tree, whose depth only the rows tell";
/// What fails, or answers otherwise, where one row is missing.
const MISSING: &str = "a row that is not there is another error where all are fetched at once";

/// By entry, sorted.
pub(super) const WITHOUT_FIX: &[(&str, &str)] = &[
    (
        "catalog.selectors.backward.tree_by_asking_each_category",
        TREE,
    ),
    ("catalog.selectors.discarded.got_by_key", MISSING),
    ("catalog.selectors.discarded.latest_again", MISSING),
    (
        "catalog.selectors.lookups.emptied_queue",
        "each round asks for what is left of a queue",
    ),
    ("catalog.selectors.lookups.got_for_each_isbn", MISSING),
    ("catalog.selectors.lookups.or_404_for_each_key", MISSING),
    (
        "catalog.selectors.lookups.refreshed_one_by_one",
        "rows are asked for afresh on purpose",
    ),
    ("catalog.selectors.lookups.walked_up_the_tree", TREE),
    (
        "further.services.pack_orders",
        "receivers of a signal are given one row at a time",
    ),
    (
        "sales.services.writing.coupons_saved_by_their_own_method",
        "writing all at once passes over the model's own `save()`",
    ),
    ("storefront.views.lists.Tree", TREE),
];

/// Why a case has no fix.
pub(super) fn reason(entry: &str) -> Option<&'static str> {
    let found = WITHOUT_FIX.binary_search_by_key(&entry, |(entry, _)| entry);
    found.ok().map(|index| WITHOUT_FIX[index].1)
}

#[cfg(test)]
mod tests {
    use super::WITHOUT_FIX;

    #[test]
    fn cases_are_sorted_for_the_search() {
        assert!(WITHOUT_FIX.is_sorted());
    }
}
