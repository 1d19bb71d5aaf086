use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::is_test_path;
use luthier_project::flows::{FormField, Ingredient, Origin};
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_project::querysets::{Hand, HandedSql};

use super::sql_parameters;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// SQL is made of text that somebody else brings.
    ///
    /// ## Why it matters
    ///
    /// The database takes a statement as it stands. If `'{name}'` is put into it and somebody is called
    /// `O'Brien`, the statement breaks; if somebody calls himself `'; DROP TABLE shop_order; --`, or
    /// `' OR true --`, it does what he likes: all rows leave, or go. A parameter (`%s` with the value beside the
    /// text) never becomes part of the statement, whatever it holds.
    ///
    /// How sure the rule is hangs on who brings the text. What a request sends, or a part of the address that
    /// takes any text, is certain; so is a text field of a form. A column of text between quotes is likely: what
    /// was stored came from somewhere. Only possible is what a function is given by callers that were not seen.
    ///
    /// Safe are constants, settings, numbers, names of tables and columns (`Model._meta.db_table`), names that
    /// `connection.ops.quote_name()` or psycopg's `sql.Identifier` quote, and what was looked up in a list or
    /// dict of the code or checked against a pattern before.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     number = models.CharField(max_length=20)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.db import connection
    /// from django.http import JsonResponse
    /// from .models import Order
    ///
    /// def search(request):
    ///     term = request.GET["q"]
    ///     with connection.cursor() as cursor:
    ///         cursor.execute(f"SELECT id FROM shop_order WHERE number LIKE '%{term}%'")  # fires
    ///         return JsonResponse({"ids": cursor.fetchall()})
    ///
    /// def one(request):
    ///     number = request.GET["number"]
    ///     orders = Order.objects.raw("SELECT * FROM shop_order WHERE number = '%s'" % number)  # fires
    ///     return JsonResponse({"ids": [order.pk for order in orders]})
    /// ```
    ///
    /// ### Names of columns
    ///
    /// What becomes one cannot be a parameter.
    ///
    /// ```python file=shop/views.py
    /// from django.db import connection
    /// from django.http import JsonResponse
    ///
    /// def rows(table, order):
    ///     sql = "SELECT id FROM " + table
    ///     sql += f" ORDER BY {order}"
    ///     with connection.cursor() as cursor:
    ///         cursor.execute(sql)  # fires
    ///         return cursor.fetchall()
    ///
    /// def listing(request):
    ///     order = request.GET.get("order", "id")
    ///     return JsonResponse({"rows": rows("shop_order", order)})
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     number = models.CharField(max_length=20)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.db import connection
    /// from django.http import JsonResponse
    /// from .models import Order
    ///
    /// def search(request):
    ///     term = request.GET["q"]
    ///     with connection.cursor() as cursor:
    ///         cursor.execute("SELECT id FROM shop_order WHERE number LIKE %s", [f"%{term}%"])
    ///         return JsonResponse({"ids": cursor.fetchall()})
    ///
    /// def one(request):
    ///     number = request.GET["number"]
    ///     orders = Order.objects.raw("SELECT * FROM shop_order WHERE number = %s", [number])
    ///     return JsonResponse({"ids": [order.pk for order in orders]})
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     class Status(models.TextChoices):
    ///         OPEN = "open"
    ///         PAID = "paid"
    ///
    ///     number = models.CharField(max_length=20)
    ///     status = models.CharField(max_length=20, choices=Status.choices)
    ///     total = models.DecimalField(max_digits=8, decimal_places=2)
    ///
    ///     def alike(self):
    ///         sql = f"SELECT * FROM shop_order WHERE status = '{self.status}' AND total > {self.total}"
    ///         return Order.objects.raw(sql)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// import re
    /// from django.conf import settings
    /// from django.db import connection
    /// from django.http import Http404, JsonResponse
    /// from psycopg import sql
    /// from .models import Order
    ///
    /// TABLE = "shop_order"
    /// COLUMNS = ("id", "number")
    /// ORDERS = {"new": "id DESC", "old": "id"}
    ///
    /// def rows(text, params=()):
    ///     with connection.cursor() as cursor:
    ///         cursor.execute(text, params)
    ///         return cursor.fetchall()
    ///
    /// def constants(request):
    ///     rows(f"SELECT id FROM {TABLE} WHERE status = '{Order.Status.OPEN}' LIMIT {settings.MOST}")
    ///     rows("SELECT %s FROM %s" % (", ".join(COLUMNS), Order._meta.db_table))
    ///     rows("SELECT {} FROM shop_order".format(Order._meta.get_field("number").column))
    ///     for column in COLUMNS:
    ///         rows(f"SELECT {column} FROM shop_order")
    ///
    /// def parameters(request):
    ///     ids = request.GET.getlist("id")
    ///     marks = ", ".join(["%s"] * len(ids))
    ///     rows(f"SELECT number FROM shop_order WHERE id IN ({marks})", ids)
    ///     inner, params = Order.objects.filter(pk__in=ids).query.sql_with_params()
    ///     return rows(f"SELECT count(*) FROM ({inner}) AS found", params)
    ///
    /// def checked(request):
    ///     order = ORDERS.get(request.GET.get("order"), "id")
    ///     column = request.GET.get("column", "id")
    ///     if column not in COLUMNS:
    ///         raise Http404
    ///     limit = int(request.GET["limit"])
    ///     table = request.GET["table"]
    ///     table = connection.ops.quote_name(table)
    ///     name = request.GET["name"]
    ///     if not re.fullmatch(r"[a-z]+", name):
    ///         raise Http404
    ///     rows(f"SELECT {column}, {name} FROM {table} ORDER BY {order} LIMIT {limit:d}")
    ///
    /// def composed(request):
    ///     query = sql.SQL("SELECT {} FROM shop_order").format(sql.Identifier(request.GET["column"]))
    ///     return rows(query)
    ///
    /// def by_address(request, pk: int, number):
    ///     return rows("SELECT number FROM shop_order WHERE id = %s AND number = %s", [pk, number])
    /// ```
    SQL_INJECTION = {
        code: "SEC045",
        name: "sql-injection",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        confidence: Confidence::Certain,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    if is_test_path(&context.sources.file(file).path) {
        return;
    }
    for sql in project.handed_sql(module) {
        let ingredients = project.ingredients(module, sql.text);
        let mut judged: Vec<(Confidence, &Ingredient)> = ingredients
            .iter()
            .filter_map(|ingredient| Some((confidence(ingredient)?, ingredient)))
            .collect();
        // The surest first; of equals the one that stands first.
        judged.sort_by_key(|&(confidence, _)| std::cmp::Reverse(confidence));
        let Some(&(confidence, worst)) = judged.first() else {
            continue;
        };
        let written = written(context, worst.place);
        let message = message(project, &sql, worst, &written);
        let places = related(context, module, &sql, &judged);
        let fix = sql_parameters::fix(project, context.sources, module, &sql, &judged);
        let location = Location::new(file, sql.text.span());
        let mut reported = context.report(location, message);
        reported.confidence(confidence).help(help(worst)).fix(fix);
        for (place, said) in places {
            reported.related(place, said);
        }
    }
}

/// How surely somebody can write SQL with an ingredient; `None` where it is no part of a larger text.
fn confidence(ingredient: &Ingredient) -> Option<Confidence> {
    let is_mixed = ingredient.mixed_at.is_some();
    Some(match &ingredient.origin {
        Origin::Request | Origin::Address | Origin::Form(FormField::Text) => {
            match ingredient.crosses {
                true => Confidence::Likely,
                false => Confidence::Certain,
            }
        }
        Origin::Form(FormField::Unknown) => Confidence::Possible,
        // A statement that is stored as a whole is meant to be run.
        Origin::Row(..) | Origin::Parameter(_) if !is_mixed => return None,
        Origin::Row(..) if ingredient.is_quoted => Confidence::Likely,
        Origin::Row(..) | Origin::Parameter(_) => Confidence::Possible,
    })
}

fn message(project: &Project, sql: &HandedSql<'_>, worst: &Ingredient, written: &str) -> String {
    let taker = match sql.hand {
        Hand::Execute => "`execute()` runs SQL that",
        Hand::ExecuteMany => "`executemany()` runs SQL that",
        Hand::Raw => "`raw()` runs SQL that",
        Hand::RawSql => "`RawSQL` holds SQL that",
        Hand::Extra => "`extra()` takes SQL that",
        Hand::RunSql => "`RunSQL` runs SQL that",
    };
    match &worst.origin {
        Origin::Request | Origin::Form(_) => {
            format!("{taker} `{written}` is part of, which whoever sends the request writes")
        }
        Origin::Address => {
            format!(
                "{taker} `{written}` is part of, which whoever sends the request writes into the address"
            )
        }
        Origin::Row(model, field) => {
            let model = &project.models.get(*model).name;
            format!("{taker} the text of `{model}.{field}` is part of, as it is stored")
        }
        Origin::Parameter(function) => {
            let function = project.modules.function_name(*function);
            format!("{taker} `{written}` is part of, whatever `{function}` is given")
        }
    }
}

fn help(worst: &Ingredient) -> &'static str {
    if worst.is_quoted {
        "write `%s` without quotes and give the value as a parameter"
    } else if worst.mixed_at.is_none() {
        "keep the statements in the code, and let the request choose one of them"
    } else {
        "give values as parameters, with `%s` in the text; take names of columns and tables from a list in the code, or \
         quote them by `connection.ops.quote_name()`"
    }
}

/// Where ingredients come from and are put in, the text itself left out.
fn related(
    context: &Context<'_>,
    module: ModuleId,
    sql: &HandedSql<'_>,
    judged: &[(Confidence, &Ingredient)],
) -> Vec<(Location, String)> {
    let text = ValueRef::of(module, sql.text);
    let mut places: Vec<(Location, String)> = Vec::new();
    for (_, ingredient) in judged.iter().take(4) {
        let mut add = |place: ValueRef, said: String| {
            let location = location(context, place);
            if let Some(location) = location.filter(|_| place != text)
                && places.iter().all(|(known, _)| *known != location)
            {
                places.push((location, said));
            }
        };
        let written = written(context, ingredient.place);
        add(ingredient.place, format!("`{written}` comes from here"));
        if let Some(mixed) = ingredient.mixed_at {
            add(mixed, "it is put into the text here".to_owned());
        }
    }
    places
}

fn location(context: &Context<'_>, place: ValueRef) -> Option<Location> {
    let file = context.project.modules.get(place.module).file?;
    Some(Location::new(
        file,
        context.project.modules.value(place).span(),
    ))
}

/// An expression as it is written, on one line and not longer than a name should be.
fn written(context: &Context<'_>, place: ValueRef) -> String {
    const MOST: usize = 60;
    let Some(location) = location(context, place) else {
        return String::new();
    };
    let text = location
        .span
        .text(&context.sources.file(location.file).text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
