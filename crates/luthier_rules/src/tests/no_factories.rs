use luthier_diagnostics::{Category, Confidence, Dimension, Severity};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Tests write their rows out by hand or load them from JSON files.
    ///
    /// ## Why it matters
    ///
    /// Every required field that is added breaks every test that creates such a row, and JSON files
    /// break silently: they load rows that the models would refuse. A factory says once what a valid
    /// row is, and each test says only what matters to it.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/tests/test_orders.py
    /// def test_total(db):
    ///     order = Order.objects.create(number="1", customer="a", total=3)  # fires
    ///     assert order.total == 3
    /// ```
    ///
    /// ```python file=shop/tests/test_stock.py
    /// from django.test import TestCase
    ///
    /// class StockTests(TestCase):
    ///     fixtures = ["stock.json"]
    ///
    ///     def test_count(self):
    ///         self.assertEqual(Stock.objects.count(), 3)
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/tests/factories.py
    /// import factory
    ///
    /// class OrderFactory(factory.django.DjangoModelFactory):
    ///     class Meta:
    ///         model = "shop.Order"
    /// ```
    ///
    /// ```python file=shop/tests/test_orders.py
    /// def test_total(db):
    ///     assert OrderFactory(total=3).total == 3
    ///     Order.objects.create(number="the one case that a factory does not fit")
    /// ```
    ///
    /// ### Functions and fixtures of one's own that make rows
    ///
    /// ```python file=shop/tests/test_orders.py
    /// def create_order(**values):
    ///     return Order.objects.create(number="1", customer="a", **values)
    ///
    /// def test_total(db):
    ///     assert create_order(total=3).total == 3
    /// ```
    ///
    /// ### Tests that need no rows
    ///
    /// ```python file=shop/tests/test_math.py
    /// def test_total():
    ///     assert 1 + 1 == 2
    /// ```
    RULE = {
        code: "TST003",
        name: "no-factories",
        severity: Severity::Info,
        category: Category::Tests,
        dimension: Some(Dimension::Testing),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

const PACKAGES: [&str; 5] = [
    "factory-boy",
    "model-bakery",
    "model-mommy",
    "mixer",
    "polyfactory",
];

/// How many places beyond the first one are shown.
const SHOWN: usize = 10;

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let tests = &project.tests;
    let has_factories =
        !tests.factories.is_empty() || PACKAGES.iter().any(|name| project.dependencies.has(name));
    if project.root.manage_py.is_none() || has_factories {
        return;
    }
    let by_hand = tests
        .seeded_by_hand
        .iter()
        .map(|place| (*place, "rows are written out here"));
    let from_files = tests
        .fixtures
        .iter()
        .map(|place| (*place, "rows are loaded from a file here"));
    let places: Vec<_> = by_hand.chain(from_files).collect();
    let Some(((first, _), others)) = places.split_first() else {
        return;
    };
    let mut reported = ctx.report(
        *first,
        "rows for tests are written out or loaded, and there are no factories",
    );
    reported.help("describe a valid row once with `factory_boy` or `model_bakery`");
    for (place, what) in others.iter().take(SHOWN) {
        reported.related(*place, *what);
    }
}
