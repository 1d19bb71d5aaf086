use luthier_source::Sources;

use super::*;

const MODELS: &str = "
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=20)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name='orders')
    paid = models.BooleanField()
";

/// The variables of a function's body, with their uses: `~` stands before those in a loop of their
/// own, and in brackets what surely ran before (`-` for a queryset that has no name).
fn check(code: &str, expected: &[&str]) {
    let text = format!(
        "from .models import Customer, Order\ndef f(given, customer: Customer):\n    {}\n",
        code.trim().replace('\n', "\n    ")
    );
    let files = [
        ("manage.py", ""),
        ("shop/__init__.py", ""),
        ("shop/models.py", MODELS),
        ("shop/code.py", &text),
    ];
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let module = project.modules.find("shop.code").unwrap();
    let facts = project.modules.facts(module);
    let mut found = Vec::new();
    for variable in project.variables(module) {
        let kind_of = |expr: ExprId| {
            let used = variable.uses.iter().find(|used| used.expr == expr);
            used.map_or("-".to_owned(), |used| kind(facts, used.kind))
        };
        let uses: Vec<String> = variable
            .uses
            .iter()
            .map(|used| {
                let repeated = if used.is_repeated { "~" } else { "" };
                let after: Vec<String> = used.after.iter().map(|&expr| kind_of(expr)).collect();
                let after = match after.is_empty() {
                    true => String::new(),
                    false => format!("({})", after.join(" ")),
                };
                format!("{repeated}{}{after}", kind(facts, used.kind))
            })
            .collect();
        let name = variable.name.map_or("-", |name| facts.text(name));
        let shared = if variable.is_shared { "*" } else { "" };
        found.push(format!("{name}{shared}: {}", uses.join(" ")));
    }
    assert_eq!(found, expected);
}

fn kind(facts: &PythonFacts, kind: UseKind) -> String {
    match kind {
        UseKind::Method(name) => format!(".{}()", facts.text(name)),
        UseKind::Read(name) => format!(".{}", facts.text(name)),
        UseKind::Written(name) => format!(".{}=", facts.text(name)),
        UseKind::Changed(name) => format!(".{}+=", facts.text(name)),
        UseKind::Lookup(name) => format!("{}=", facts.text(name)),
        kind => format!("{kind:?}"),
    }
}

#[test]
fn a_name_that_is_assigned_anew_is_another_variable() {
    check(
        "rows = Order.objects.all()\nlen(rows)\nrows = rows.filter(paid=True)\nbool(rows)",
        &["rows: Len .filter()(Len)", "rows: Truth"],
    );
    check(
        "rows = Order.objects.all()\nif given:\n    rows = rows.filter(paid=True)\nlen(rows)",
        &["rows: .filter() Len"],
    );
}

#[test]
fn what_may_not_have_run_is_not_said_to_be_before() {
    check(
        "rows = Order.objects.all()\nif given:\n    rows.count()\nlist(rows)",
        &["rows: .count() Collected"],
    );
    check(
        "rows = Order.objects.all()\nif not rows.exists():\n    return None\nfor row in rows:\n    row.save()",
        &["rows: .exists() Iterated(.exists())", "row: .save()"],
    );
    check(
        "rows = Order.objects.all()\ntry:\n    rows.count()\nexcept ValueError:\n    pass\nlist(rows)",
        &["rows: .count() Collected"],
    );
    check(
        "rows = Order.objects.all()\nwhile given and rows.count():\n    break\nelse:\n    list(rows)",
        &["rows: ~.count() Collected"],
    );
}

#[test]
fn loops_repeat_what_was_bound_before_them() {
    check(
        "rows = Order.objects.all()\nfor one in given:\n    len(rows)\n    rows = rows.filter(paid=one)",
        &["rows: ~Len ~.filter()(Len)"],
    );
    check(
        "rows = Order.objects.all()\n[len(rows) for one in given]",
        &["rows: ~Len"],
    );
}

#[test]
fn what_is_given_away_is_told_apart() {
    check(
        "rows = Order.objects.all()\ngiven(rows)\ngiven['rows'] = rows\nreturn rows",
        &["rows: Given Stored(Given) Returned(Given Stored)"],
    );
    check(
        "rows = Order.objects.all()\nreturn lambda: len(rows)",
        &["rows*: "],
    );
    check(
        "return given(Order.objects.filter(customer__in=Customer.objects.all()))",
        &["-: customer__in=(-)", "-: Given"],
    );
}

#[test]
fn rows_are_followed_from_where_they_are_fetched() {
    check(
        "order = Order.objects.get(pk=given)\norder.paid = not order.paid\norder.save()",
        &["order: .paid .paid=(.paid) .save()(.paid .paid=)"],
    );
    check(
        "for order in customer.orders.all():\n    order.count += 1",
        &["order: .count+=", "-: Iterated"],
    );
    check(
        "order = Order.objects.get(pk=1)\nif given:\n    order = given\norder.save()",
        &[],
    );
}
