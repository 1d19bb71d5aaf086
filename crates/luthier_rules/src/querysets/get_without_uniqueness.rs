use std::collections::BTreeMap;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::constant::Constant;
use luthier_project::facts::{CallRef, Expr, ExprRef, is_command_path, is_test_path};
use luthier_project::models::{FieldKind, Found, ModelId};
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_project::querysets::{Chain, ChainStart};

use super::using::is_locked;
use crate::context::Reported;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `get()`, `get_or_create()` or `update_or_create()` looks a row up by fields that nothing makes unique.
    ///
    /// ## Why it matters
    ///
    /// Two requests at once both find nothing, and both create a row. From then on each call raises
    /// `MultipleObjectsReturned`, for this customer or that order only, until somebody deletes one by hand.
    /// With a unique constraint the database refuses the second row, and Django fetches the first one.
    ///
    /// `get()` is left alone where the code is ready for several rows, looks for what stands in the code,
    /// or for what is made at random.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     email = models.EmailField()
    ///     phone = models.CharField(max_length=20)
    ///
    /// class Address(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    ///     kind = models.CharField(max_length=10)
    ///     city = models.CharField(max_length=50)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.shortcuts import get_object_or_404
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
    ///
    /// def find(email, kind, customer):
    ///     get_object_or_404(Address.objects.select_related("customer"), customer=customer)  # fires
    ///     get_object_or_404(Address, customer_id=customer.pk, city=kind)  # fires
    ///     get_object_or_404(Address, city=email, customer=customer)
    ///     return Customer.objects.get(phone=email)  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// import uuid
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
    ///     key = models.UUIDField(default=uuid.uuid4)
    ///     token = models.CharField(max_length=40, default=make_token)
    ///     is_first = models.BooleanField(default=False)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.shortcuts import get_object_or_404
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
    ///
    /// def find(email, key, day):
    ///     get_object_or_404(Customer, email=email)
    ///     get_object_or_404(Note, key=key)
    ///     get_object_or_404(Note, token=key)
    ///     Note.objects.get(day=day, is_first=True)
    ///     Address.objects.get(kind=day)
    ///     Customer.objects.get(name="Nobody")
    ///     Note.objects.get(day__lte=day)
    ///     Note.objects.get(pk=key, day=day)
    ///     try:
    ///         Customer.objects.get(name=email)
    ///     except (Customer.DoesNotExist, Customer.MultipleObjectsReturned):
    ///         return None
    /// ```
    GET_WITHOUT_UNIQUENESS = {
        code: "ORM039",
        name: "get-without-uniqueness",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Methods that create a row where they find none.
const CREATING: &[&str] = &[
    "aget_or_create",
    "aupdate_or_create",
    "get_or_create",
    "update_or_create",
];

/// Places that a finding shows.
const SHOWN: usize = 5;

/// A call that looks rows up: where it stands, its method, and the fields in its order.
type Site<'a> = (Location, &'a str, Vec<&'a str>);

/// The calls that look rows of a model up by the same fields, which are sorted here.
type Sites<'a> = BTreeMap<(ModelId, Vec<&'a str>), Vec<Site<'a>>>;

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let mut fetching = Sites::new();
    let mut creating = Sites::new();
    for module in project.own_modules() {
        in_module(context, module, &mut fetching, &mut creating);
    }
    for (key, sites) in creating {
        fetching.remove(&key);
        for site in sites {
            let help = "add a `UniqueConstraint` on the fields: two calls at once create two rows";
            report(context, key.0, &site).help(help);
        }
    }
    for ((model, _), sites) in fetching {
        let Some((first, others)) = sites.split_first() else {
            continue;
        };
        let mut reported = report(context, model, first);
        reported.help(
            "add a `UniqueConstraint` on the fields, or be ready for several rows: it raises \
             `MultipleObjectsReturned`",
        );
        for (place, ..) in others.iter().take(SHOWN) {
            reported.related(*place, "the same is asked here");
        }
    }
}

fn report<'c>(context: &'c mut Context<'_>, model: ModelId, site: &Site<'_>) -> Reported<'c> {
    let (place, method, fields) = site;
    let model = context.project.models.get(model);
    let names: Vec<String> = fields.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "`{method}()` looks rows of `{}` up by {}, which nothing makes unique",
        model.name,
        names.join(", ")
    );
    let mut reported = context.report(*place, message);
    reported.symbol(&*model.label).app(&*model.app_label);
    reported
}

fn in_module<'a>(
    context: &Context<'a>,
    module: ModuleId,
    fetching: &mut Sites<'a>,
    creating: &mut Sites<'a>,
) {
    let (project, sources) = (context.project, context.sources);
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let facts = project.modules.facts(module);
    let path = &sources.file(file).path;
    // Nothing runs beside tests, and commands are rarely run twice at once.
    let is_alone = is_test_path(path) || is_command_path(path);
    if is_alone || project.modules.is_migration(module) {
        return;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let (method, found) = match call.callee.as_attribute() {
                Some((rows, name)) if CREATING.contains(&name) => {
                    (name, created(project, module, rows, call))
                }
                Some((rows, name @ ("get" | "aget"))) => {
                    (name, fetched(project, module, rows, call))
                }
                None if call.callee.as_name() == Some("get_object_or_404") => {
                    let rows = call.positional().next();
                    let found = rows.and_then(|rows| fetched(project, module, rows, call));
                    ("get_object_or_404", found)
                }
                _ => continue,
            };
            let Some(Lookup { model, fields, .. }) = found else {
                continue;
            };
            let fields: Vec<&str> = fields.into_iter().map(|(_, name)| name).collect();
            let mut sorted = fields.clone();
            sorted.sort_unstable();
            let sites = match CREATING.contains(&method) {
                true => &mut *creating,
                false => &mut *fetching,
            };
            let place = Location::new(file, call.callee.span());
            let known = sites.entry((model, sorted)).or_default();
            known.push((place, method, fields));
        }
    }
}

/// What a call asks for that creates a row where it finds none, where there may be two.
fn created<'a>(
    project: &'a Project,
    module: ModuleId,
    rows: ExprRef<'a>,
    call: CallRef<'a>,
) -> Option<Lookup<'a>> {
    let chain = project.chain(ValueRef::of(module, rows))?;
    let lookup = looked_up(project, &chain, call)?;
    let mut stored = lookup.all();
    stored.extend(defaults(project, lookup.model, call));
    let may_double = !lookup.fields.is_empty()
        && !is_locked(call.expr.body)
        && may_double(project, lookup.model, &stored);
    may_double.then_some(lookup)
}

/// What a call asks for that fetches one row, where there may be two.
fn fetched<'a>(
    project: &'a Project,
    module: ModuleId,
    rows: ExprRef<'a>,
    call: CallRef<'a>,
) -> Option<Lookup<'a>> {
    let chain = match project.chain(ValueRef::of(module, rows)) {
        Some(chain) => chain,
        None => project.whole_table(module, rows)?,
    };
    let lookup = looked_up(project, &chain, call)?;
    // A flag is kept by code: one default, one that is active.
    let is_flag = |value: &ExprRef<'_>| value.as_bool().is_some();
    let all = lookup.all();
    let owner = project.models.get(lookup.model);
    let names: Vec<&str> = all.iter().map(|(_, name)| *name).collect();
    let is_asked = !lookup.fields.is_empty()
        && lookup.is_exact
        && !lookup.values.iter().all(|value| is_written(*value))
        && !lookup.values.iter().any(is_flag)
        && !all.iter().any(|&(owner, name)| is_random(project, owner, name))
        // The rest may be known from around.
        && !owner.are_in_unique(&project.modules, &names)
        && !is_ready(call.expr);
    (is_asked && may_double(project, lookup.model, &all)).then_some(lookup)
}

/// Whether a value stands in the code.
fn is_written(value: ExprRef<'_>) -> bool {
    match value.kind() {
        Expr::Str(_) | Expr::Int(_) | Expr::Bool(_) | Expr::None => true,
        Expr::Name(_) | Expr::Attribute(..) => {
            let last = value.last_name().unwrap_or_default();
            !last.chars().any(char::is_lowercase)
        }
        Expr::Call(..) => value.as_call().is_some_and(|call| {
            let mut arguments = call.arguments().iter();
            !call.arguments().is_empty()
                && arguments.all(|argument| call.expr.at(argument.value).as_str().is_some())
        }),
        _ => false,
    }
}

/// Whether no two rows have the same by chance: keys that are made at random, and checksums.
fn is_random(project: &Project, owner: ModelId, name: &str) -> bool {
    const MADE: &[&str] = &["digest", "hash", "secret", "token", "uuid"];
    let Some((_, field)) = project.models.field(owner, name) else {
        return true;
    };
    let is_called = matches!(
        field.argument("default"),
        Some(Constant::Function(_) | Constant::External(_) | Constant::Some(_) | Constant::Unknown)
    );
    let is_made =
        field.kind.is_text() && (is_called || MADE.iter().any(|made| name.contains(made)));
    field.kind == FieldKind::Uuid || is_made
}

/// What a call looks rows up by.
struct Lookup<'a> {
    model: ModelId,
    /// Each with the model whose own it is.
    fields: Vec<(ModelId, &'a str)>,
    /// What the manager asks besides.
    usual: Vec<(ModelId, &'a str)>,
    values: Vec<ExprRef<'a>>,
    /// Whether all are compared with one value.
    is_exact: bool,
}

impl<'a> Lookup<'a> {
    fn all(&self) -> Vec<(ModelId, &'a str)> {
        [&self.fields[..], &self.usual[..]].concat()
    }
}

/// Whether code around a call catches the error that two rows lead to.
fn is_ready(call: ExprRef<'_>) -> bool {
    let body = call.body;
    let span = call.span();
    body.body().tries.iter().any(|tried| {
        let mut within = body.block(tried.body);
        let holds = within.any(|statement| statement.span().encloses(span));
        let mut handlers = body.body().handlers[tried.handlers.range()].iter();
        let catches = handlers.any(|handler| {
            let Some(caught) = handler.exception.map(|caught| body.expr(caught)) else {
                return true;
            };
            let catches = |caught: ExprRef<'_>| {
                let name = caught.last_name();
                matches!(
                    name,
                    Some("MultipleObjectsReturned" | "Exception" | "BaseException")
                )
            };
            match caught.elements() {
                Some(mut elements) => elements.any(catches),
                None => catches(caught),
            }
        });
        holds && catches
    })
}

/// The fields that a row is looked up by; `None` where that is not known.
fn looked_up<'a>(project: &'a Project, chain: &Chain<'a>, call: CallRef<'a>) -> Option<Lookup<'a>> {
    let mut lookup = Lookup {
        model: chain.model,
        fields: Vec::new(),
        usual: Vec::new(),
        values: Vec::new(),
        is_exact: true,
    };
    if let ChainStart::Related(way) = chain.start {
        lookup.fields.push((chain.model, &*way.field));
    }
    let mut add = |call: CallRef<'a>, is_usual: bool| {
        let lookups = call.keywords();
        let names = ["defaults", "create_defaults"];
        for (path, value) in lookups.filter(|(name, _)| !names.contains(name)) {
            let found = field(project, chain.model, path)?;
            match is_usual {
                true => lookup.usual.push(found),
                false => lookup.fields.push(found),
            }
            if !is_usual {
                let compares = path.split_once("__").map_or("exact", |(_, lookup)| lookup);
                lookup.is_exact &= matches!(compares, "exact" | "iexact");
                lookup.values.push(value);
            }
        }
        Some(())
    };
    let usual = chain.made.len();
    for (index, (method, filter)) in chain.methods().enumerate() {
        let is_narrowing = matches!(method, "filter" | "exclude");
        if is_narrowing && (filter.is_open() || filter.positional().next().is_some()) {
            return None;
        }
        if method == "filter" {
            add(filter, index < usual)?;
        }
    }
    let is_function = call.callee.as_attribute().is_none();
    if call.is_open() || call.positional().nth(usize::from(is_function)).is_some() {
        return None;
    }
    add(call, false)?;
    Some(lookup)
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
