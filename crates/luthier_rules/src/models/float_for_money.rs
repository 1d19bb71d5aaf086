use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::models::{FieldKind, Model};

use super::own_fields::{own_fields, words};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An amount of money is stored as a float.
    ///
    /// ## Why it matters
    ///
    /// Floats cannot hold most decimal fractions: 0.10 + 0.20 is 0.30000000000000004. Sums drift by
    /// cents, comparisons with exact amounts fail, and totals differ between the database and Python.
    /// Invoices that do not add up are found by customers first.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     unit_price = models.FloatField()  # fires
    ///
    /// class Invoice(models.Model):
    ///     total = models.FloatField()  # fires
    ///
    /// class Coupon(models.Model):
    ///     discount_amount = models.FloatField()  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     unit_price = models.DecimalField(max_digits=10, decimal_places=2)
    ///     price_change_percent = models.FloatField()
    ///     weight = models.FloatField()
    ///
    /// class Measurement(models.Model):
    ///     amount = models.FloatField()
    ///     total = models.FloatField()
    ///     discount = models.FloatField()
    ///     discount_value = models.FloatField()
    /// ```
    FLOAT_FOR_MONEY = {
        code: "ORM033",
        name: "float-for-money",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Words that mean money by themselves.
const MONEY: &[&str] = &[
    "price",
    "prices",
    "salary",
    "wage",
    "fee",
    "fees",
    "revenue",
    "invoice",
    "refund",
    "deposit",
    "payout",
    "surcharge",
    "vat",
    "money",
];

/// Words that mean money only where the model is about money.
const MAYBE_MONEY: &[&str] = &[
    "amount", "total", "subtotal", "balance", "cost", "costs", "discount", "payment", "paid",
    "tax", "budget", "credit", "debit", "value",
];

/// Words that together with a [`SUM`] mean money: a `discount` may be a share, a `discount_amount`
/// is none.
const OF_MONEY: &[&str] = &[
    "cost", "costs", "discount", "payment", "tax", "budget", "credit", "debit",
];

/// Words for a sum of something.
const SUM: &[&str] = &["amount", "total", "subtotal", "balance"];

/// Models about money.
const MONEY_MODELS: &[&str] = &[
    "invoice",
    "order",
    "payment",
    "transaction",
    "wallet",
    "refund",
    "payout",
    "billing",
    "purchase",
    "receipt",
    "cart",
    "payslip",
    "ledger",
    "quote",
];

/// Words that say the number is none of money itself.
const NO_MONEY: &[&str] = &[
    "percent",
    "percentage",
    "ratio",
    "factor",
    "score",
    "weight",
    "count",
    "time",
    "seconds",
    "days",
    "hours",
    "index",
    "multiplier",
    "probability",
    "change",
    "sensitivity",
    "elasticity",
    "pct",
];

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for own in own_fields(project) {
        let name = own.field.name.to_lowercase();
        let has_word = |known: &[&str]| words(&name).any(|word| known.contains(&word));
        let is_money = own.field.kind == FieldKind::Float
            && own.is_djangos()
            && words(&name).all(|word| !NO_MONEY.contains(&word))
            && (has_word(MONEY)
                || has_word(OF_MONEY) && has_word(SUM)
                || has_word(MAYBE_MONEY) && is_about_money(own.model));
        if is_money {
            let location = Location {
                file: own.file,
                span: own.call.callee.span(),
            };
            context
                .report(
                    location,
                    format!("`{}` holds money in a float", own.field.name),
                )
                .help("use a `DecimalField`, or whole cents in an integer")
                .symbol(own.symbol())
                .app(&*own.model.app_label);
        }
    }
}

fn is_about_money(model: &Model) -> bool {
    let name = model.name.to_lowercase();
    MONEY_MODELS.iter().any(|word| name.contains(word))
        || model
            .fields
            .iter()
            .any(|field| words(&field.name).any(|word| word == "currency" || word == "price"))
}
