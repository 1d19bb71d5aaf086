use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::{CallRef, ExprRef, is_test_path};
use luthier_project::models::{Found, ModelId};
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_project::querysets::ChainStart;

use super::using::is_locked;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `get_or_create()` or `update_or_create()` looks a row up by fields that nothing makes unique.
    ///
    /// ## Why it matters
    ///
    /// Two requests at once both find nothing, and both create a row. From then on each call raises
    /// `MultipleObjectsReturned`, for this customer or that order only, until somebody deletes one by hand.
    /// With a unique constraint the database refuses the second row, and Django fetches the first one.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     email = models.EmailField()
    ///
    /// class Address(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    ///     kind = models.CharField(max_length=10)
    ///     city = models.CharField(max_length=50)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Address, Customer
    ///
    /// def register(email, city):
    ///     customer, _ = Customer.objects.get_or_create(email=email)  # fires
    ///     Address.objects.update_or_create(  # fires
    ///         customer=customer, kind="bill", defaults={"city": city}
    ///     )
    ///
    /// def move(customer: Customer, city):
    ///     customer.addresses.update_or_create(kind="home", defaults={"city": city})  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     email = models.EmailField(unique=True)
    ///     name = models.CharField(max_length=50)
    ///
    /// class Address(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    ///     kind = models.CharField(max_length=10)
    ///     city = models.CharField(max_length=50)
    ///
    ///     class Meta:
    ///         constraints = [
    ///             models.UniqueConstraint(fields=["customer", "kind"], name="one_of_a_kind"),
    ///         ]
    ///
    /// class Basket(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     is_open = models.BooleanField(default=True)
    ///
    ///     class Meta:
    ///         constraints = [
    ///             models.UniqueConstraint(
    ///                 fields=["customer"], condition=models.Q(is_open=True), name="one_open"
    ///             ),
    ///         ]
    ///
    /// class Profile(models.Model):
    ///     customer = models.OneToOneField(Customer, models.CASCADE)
    ///
    /// class Note(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     day = models.DateField()
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Address, Basket, Customer, Note, Profile
    ///
    /// def register(email, city, day, **more):
    ///     customer, _ = Customer.objects.get_or_create(email=email, name="")
    ///     Customer.objects.get_or_create(pk=1, defaults={"name": ""})
    ///     Customer.objects.get_or_create(email__iexact=email, defaults={"email": email})
    ///     Customer.objects.get_or_create(**more)
    ///     Address.objects.get_or_create(customer_id=customer.pk, kind="bill")
    ///     Address.objects.filter(kind="bill").get_or_create(customer=customer, city=city)
    ///     customer.addresses.get_or_create(kind="home")
    ///     Basket.objects.get_or_create(customer=customer, is_open=True)
    ///     Customer.objects.get_or_create(name="", defaults={"email": email})
    ///     Customer.objects.get_or_create(name="", defaults=more)
    ///     Profile.objects.get_or_create(customer=customer)
    ///
    /// def note(pk, day):
    ///     customer = Customer.objects.select_for_update().get(pk=pk)
    ///     Note.objects.get_or_create(customer=customer, day=day)
    /// ```
    GET_WITHOUT_UNIQUENESS = {
        code: "ORM039",
        name: "get-without-uniqueness",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Module(check),
    }
}

const METHODS: &[&str] = &[
    "aget_or_create",
    "aupdate_or_create",
    "get_or_create",
    "update_or_create",
];

fn check(context: &mut Context<'_>, module: ModuleId) {
    let (project, sources) = (context.project, context.sources);
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let facts = project.modules.facts(module);
    let path = &sources.file(file).path;
    // Nothing runs beside tests, and commands are rarely run twice at once.
    let is_alone = is_test_path(path) || path.contains("management/commands/");
    let is_any = facts.names.mention("get_or_create") || facts.names.mention("update_or_create");
    if is_alone || !is_any || project.modules.is_migration(module) {
        return;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let method = call.callee.as_attribute();
            let Some((rows, method)) = method.filter(|(_, name)| METHODS.contains(name)) else {
                continue;
            };
            let Some((id, fields)) = looked_up(project, module, rows, call) else {
                continue;
            };
            let mut stored = fields.clone();
            stored.extend(defaults(project, id, call));
            if fields.is_empty() || is_locked(body) || !may_double(project, id, &stored) {
                continue;
            }
            let model = project.models.get(id);
            let names: Vec<String> = fields.iter().map(|(_, name)| format!("`{name}`")).collect();
            context
                .report(
                    Location::new(file, call.callee.span()),
                    format!(
                        "`{method}()` looks rows of `{}` up by {}, which nothing makes unique",
                        model.name,
                        names.join(", ")
                    ),
                )
                .help("add a `UniqueConstraint` on the fields: two calls at once create two rows")
                .symbol(&*model.label)
                .app(&*model.app_label);
        }
    }
}

/// The fields that a row is looked up by, each with the model whose own it is.
fn looked_up<'a>(
    project: &'a Project,
    module: ModuleId,
    rows: ExprRef<'_>,
    call: CallRef<'_>,
) -> Option<(ModelId, Vec<(ModelId, &'a str)>)> {
    let chain = project.chain(ValueRef {
        module,
        body: rows.body.id,
        expr: rows.id,
    })?;
    let mut fields = Vec::new();
    if let ChainStart::Related(way) = chain.start {
        fields.push((chain.model, &*way.field));
    }
    for (method, filter) in chain.methods() {
        let is_narrowing = matches!(method, "filter" | "exclude");
        if is_narrowing && (filter.is_open() || filter.positional().next().is_some()) {
            return None;
        }
        if method == "filter" {
            for (path, _) in filter.keywords() {
                fields.push(field(project, chain.model, path)?);
            }
        }
    }
    if call.is_open() || call.positional().next().is_some() {
        return None;
    }
    let lookups = call.keywords().map(|(name, _)| name);
    for path in lookups.filter(|name| !matches!(*name, "defaults" | "create_defaults")) {
        fields.push(field(project, chain.model, path)?);
    }
    Some((chain.model, fields))
}

/// What a new row gets besides: where that is unique, the second one is refused. All fields, where
/// it is not seen.
fn defaults<'a>(project: &'a Project, id: ModelId, call: CallRef<'_>) -> Vec<(ModelId, &'a str)> {
    let given = ["defaults", "create_defaults"].map(|name| call.keyword(name));
    let mut found = Vec::new();
    for given in given.into_iter().flatten() {
        let names: Option<Vec<&str>> = match (given.as_call(), given.items()) {
            (Some(made), _) if made.callee.as_name() == Some("dict") && !made.is_open() => {
                Some(made.keywords().map(|(name, _)| name).collect())
            }
            (_, Some(items)) => items.map(|(key, _)| key?.as_str()).collect(),
            _ => None,
        };
        let names = names.unwrap_or_else(|| {
            let fields = project.models.get(id).fields.iter();
            let written = fields.filter(|field| !field.is_automatic);
            written.map(|field| &*field.name).collect()
        });
        found.extend(
            names
                .into_iter()
                .filter_map(|name| field(project, id, name)),
        );
    }
    found
}

/// The column that a lookup compares; `None` where it is behind a relation.
fn field<'a>(project: &'a Project, id: ModelId, path: &str) -> Option<(ModelId, &'a str)> {
    let (name, lookup) = path.split_once("__").unwrap_or((path, "exact"));
    match project.models.lookup(id, name) {
        Found::Field(owner, field) | Found::Key(owner, field) => {
            let is_own = matches!(lookup, "exact" | "iexact") || !field.kind.is_relation();
            is_own.then_some((owner, &*field.name))
        }
        _ => None,
    }
}

/// Whether two rows may have the same values, by all that is said of the model and its parents.
fn may_double(project: &Project, id: ModelId, fields: &[(ModelId, &str)]) -> bool {
    let model = project.models.get(id);
    let is_own = model.class.is_some() && project.modules.is_repository(model.module);
    is_own
        && model.is_managed()
        && fields.iter().all(|&(owner, _)| {
            let own = fields.iter().filter(|(other, _)| *other == owner);
            let names: Vec<&str> = own.map(|(_, name)| *name).collect();
            let owner = project.models.get(owner);
            owner.is_unique(&project.modules, &names) == Some(false)
        })
}
