use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::Project;
use luthier_project::facts::{BodyRef, CallRef, ExprRef, PythonFacts, Stmt, is_test_path};
use luthier_project::flows::{Held, NaiveMoment, Target};
use luthier_project::models::{FieldKind, Found, ModelId};
use luthier_project::modules::{Definition, ModuleId, ValueRef};
use luthier_project::querysets::QueryName;
use luthier_project::settings::Truth;
use luthier_source::FileId;

use crate::{Check, Context, declare_rule, imports};

declare_rule! {
    /// A moment without a time zone is given to the ORM while `USE_TZ` is on.
    ///
    /// ## Why it matters
    ///
    /// Django takes it for local time and warns. `datetime.utcnow()` is off by the offset of the time
    /// zone then, `datetime.now()` twice a year by an hour; rows are found or missed by as much. The
    /// attribute of the row that was just made is naive, that of the same row fetched again is not:
    /// comparing the two is a `TypeError`.
    ///
    /// `timezone.now()` of `django.utils` is right whatever `USE_TZ` says.
    ///
    /// The fix asks for `--unsafe-fixes` where an attribute is set: code behind it may compare it.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ```python file=config/settings.py
    /// USE_TZ = True
    /// INSTALLED_APPS = ["shop"]
    /// ```
    ///
    /// ```python file=config/__init__.py
    /// ```
    ///
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// import datetime
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     created = models.DateTimeField(default=datetime.datetime.now)  # fires
    ///     paid = models.DateTimeField(null=True)
    ///
    ///     def pay(self):
    ///         self.paid = datetime.datetime.utcnow()  # fires
    ///         self.save()
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, on_delete=models.CASCADE)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from datetime import datetime, timedelta
    /// from django.db.models import Q
    /// from shop.models import Line, Order
    ///
    /// def late():
    ///     return Line.objects.filter(order__created__lt=datetime.now() - timedelta(days=3))  # fires
    ///
    /// def open_orders():
    ///     return Order.objects.filter(Q(paid=None) | Q(paid__gte=datetime.now()))  # fires
    ///
    /// def order():
    ///     now = datetime.today()
    ///     return Order.objects.create(paid=now)  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// import datetime
    /// from django.utils import timezone
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     created = models.DateTimeField(default=timezone.now)
    ///     paid = models.DateTimeField(null=True)
    ///
    ///     def pay(self):
    ///         self.paid = timezone.now()
    ///         self.save()
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, on_delete=models.CASCADE)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from datetime import datetime, timedelta
    /// from django.utils import timezone
    /// from django.db.models import Q
    /// from shop.models import Line, Order
    ///
    /// def late():
    ///     return Line.objects.filter(order__created__lt=timezone.now() - timedelta(days=3))
    ///
    /// def open_orders():
    ///     return Order.objects.filter(Q(paid=None) | Q(paid__gte=timezone.now()))
    ///
    /// def order():
    ///     now = datetime.today()
    ///     return Order.objects.create(paid=now)
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// import datetime
    /// from django.db import models
    /// from django.utils import timezone
    ///
    /// class Order(models.Model):
    ///     created = models.DateTimeField(default=timezone.now)
    ///     changed = models.DateTimeField(auto_now=True)
    ///     day = models.DateField(default=datetime.datetime.now)
    ///     year = models.IntegerField(default=0)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// import datetime
    /// from django.conf import settings
    /// from django.utils import timezone
    /// from shop.models import Order
    ///
    /// def orders():
    ///     since = datetime.datetime.now(tz=datetime.timezone.utc)
    ///     Order.objects.filter(created__lt=timezone.now(), changed__gt=since)
    ///     Order.objects.filter(day=datetime.datetime.now(), created__date=datetime.date.today())
    ///     Order.objects.filter(created__year=datetime.datetime.now().year)
    ///     Order.objects.filter(created__gt=datetime.datetime.now().astimezone())
    ///     Order.objects.filter(created__gt=timezone.make_aware(datetime.datetime.now()))
    ///     now = datetime.datetime.utcnow()
    ///     return Order.objects.filter(created__gt=now.replace(tzinfo=datetime.timezone.utc))
    ///
    /// def change(order):
    ///     if settings.USE_TZ:
    ///         now = timezone.now()
    ///     else:
    ///         now = datetime.datetime.now()
    ///     Order.objects.filter(pk=order).update(changed=now)
    ///
    /// def started(self):
    ///     self.started = datetime.datetime.now()
    /// ```
    ///
    /// ### Without time zones
    ///
    /// ```python file=config/settings.py
    /// USE_TZ = False
    /// INSTALLED_APPS = ["shop"]
    /// ```
    ///
    /// ```python file=shop/models.py
    /// import datetime
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     created = models.DateTimeField(default=datetime.datetime.now)
    /// ```
    NAIVE_DATETIME = {
        code: "ORM036",
        name: "naive-datetime",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let path = &context.sources.file(file).path;
    let facts = project.modules.facts(module);
    let names = |name| facts.names.find(name).is_some();
    if is_test_path(path)
        || path.split('/').any(|folder| folder == "migrations")
        || !["now", "utcnow", "today"].into_iter().any(names)
        || !uses_zones(project)
    {
        return;
    }
    let mut given = Vec::new();
    for body in facts.body_ids().map(|id| facts.body(id)) {
        in_body(project, module, body, &mut given);
    }
    for name in &project.queries(module).names {
        in_query(project, module, name, &mut given);
    }
    // Code that asks the setting knows what it does.
    given.retain(|given| !asks_setting(given.place.body));
    given.sort_by_key(|given| (given.place.span().start, given.place.span().end));
    for given in given {
        report(context, file, facts, &given);
    }
}

/// Whether `USE_TZ` is surely on.
fn uses_zones(project: &Project) -> bool {
    let settings = project.settings.production();
    let setting = settings.and_then(|settings| settings.effective("USE_TZ"));
    setting.is_some_and(|setting| setting.truth() == Truth::True)
}

/// A field that is given a moment without a time zone.
struct Given<'a> {
    field: String,
    place: ExprRef<'a>,
    maker: ExprRef<'a>,
    fix: Option<Fixable>,
}

/// How far a fix may go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fixable {
    Safely,
    Riskily,
}

fn report(context: &mut Context<'_>, file: FileId, facts: &PythonFacts, given: &Given<'_>) {
    let text = context.sources.file(file).text.as_ref();
    let maker = given.maker.dotted().unwrap_or_default();
    let fix = given.fix.and_then(|fixable| {
        let title = "Use `timezone.now`";
        let fix = match fixable {
            Fixable::Safely => Fix::safe(title),
            Fixable::Riskily => Fix::risky(title),
        };
        let fix = fix.replace(file, given.maker.span(), "timezone.now");
        let module = context.project.modules.of_file(file)?;
        match timezone(context.project, module, facts)? {
            Import::Is => Some(fix),
            Import::Add => {
                let (at, line) = imports::added(facts, text, "from django.utils import timezone")?;
                Some(fix.replace(file, luthier_source::Span::at(at), line))
            }
        }
    });
    let location = Location {
        file,
        span: given.place.span(),
    };
    let message = format!(
        "`{}` is given `{maker}()`, which has no time zone",
        given.field
    );
    let mut reported = context.report(location, message);
    reported
        .help("use `timezone.now()` of `django.utils`")
        .fix(fix);
    if given.fix.is_none() {
        let span = given.maker.span();
        reported.related(Location { file, span }, "the moment");
    }
}

/// Whether `django.utils.timezone` has to be imported first.
enum Import {
    Is,
    Add,
}

/// What `timezone` means at the top of a module; `None` where it is something else.
fn timezone(project: &Project, module: ModuleId, facts: &PythonFacts) -> Option<Import> {
    if facts.names.find("timezone").is_none() {
        return Some(Import::Add);
    }
    let found = project.modules.resolve(module, "timezone");
    let named = match found {
        Definition::Module(id) => project.modules.get(id).name.clone(),
        found => project.modules.qualified(&found)?,
    };
    (named == "django.utils.timezone").then_some(Import::Is)
}

fn asks_setting(body: BodyRef<'_>) -> bool {
    body.facts.names.find("USE_TZ").is_some()
        && body.exprs().any(|expr| {
            expr.as_attribute()
                .is_some_and(|(_, name)| name == "USE_TZ")
        })
}

fn in_body<'a>(
    project: &'a Project,
    module: ModuleId,
    body: BodyRef<'a>,
    given: &mut Vec<Given<'a>>,
) {
    for statement in body.all_statements() {
        let Stmt::Assign { targets, value } = statement.kind() else {
            continue;
        };
        for (row, name) in body.list(targets).filter_map(ExprRef::as_attribute) {
            let Some(moment) = moment(project, module, body.expr(value)) else {
                continue;
            };
            if let Held::Row(model) = project.held(ValueRef::of(module, row))
                && is_moment_field(project, model, name)
            {
                given.push(of(
                    project,
                    name,
                    body.expr(value),
                    moment,
                    Fixable::Riskily,
                ));
            }
        }
    }
    for call in body.exprs().filter_map(ExprRef::as_call) {
        in_call(project, module, call, given);
    }
}

/// What a name in a query is compared with, or gets; both ends of a range.
fn in_query<'a>(
    project: &'a Project,
    module: ModuleId,
    name: &QueryName,
    given: &mut Vec<Given<'a>>,
) {
    let Some(value) = name.given.map(|value| project.modules.value(value)) else {
        return;
    };
    let ends = value.elements().filter(|_| name.path.ends_with("__range"));
    for value in ends.into_iter().flatten().chain([value]) {
        if let Some(moment) = moment(project, module, value)
            && is_moment_field(project, name.model, &name.path)
        {
            given.push(of(project, &name.path, value, moment, Fixable::Safely));
        }
    }
}

fn in_call<'a>(
    project: &'a Project,
    module: ModuleId,
    call: CallRef<'a>,
    given: &mut Vec<Given<'a>>,
) {
    let calls = project.calls(module);
    if let Some(default) = call.keyword("default")
        && let Some(Target::Outside(name)) = calls.target(call.expr.body.id, call.expr.id)
        && calls.name(name).starts_with("django.db.models.")
        && calls.name(name).ends_with(".DateTimeField")
    {
        of_default(project, module, call, default, given);
    }
}

/// `default=datetime.now` of a field.
fn of_default<'a>(
    project: &'a Project,
    module: ModuleId,
    call: CallRef<'a>,
    default: ExprRef<'a>,
    given: &mut Vec<Given<'a>>,
) {
    let body = call.expr.body;
    let name = body.body().bindings.iter().find(|binding| {
        matches!(binding.kind, luthier_project::facts::ir::BindingKind::Value(value) if value == call.expr.id)
    });
    let Some(name) = name.map(|binding| body.facts.text(binding.name)) else {
        return;
    };
    if project.makes_naive_moments(ValueRef::of(module, default)) {
        given.push(Given {
            field: name.to_owned(),
            place: default,
            maker: default,
            fix: Some(Fixable::Safely),
        });
    } else if let Some(moment) = moment(project, module, default) {
        let mut found = of(project, name, default, moment, Fixable::Safely);
        // Made once, at import, it is wrong with a time zone too.
        found.fix = None;
        given.push(found);
    }
}

fn of<'a>(
    project: &'a Project,
    path: &str,
    place: ExprRef<'a>,
    moment: NaiveMoment,
    fixable: Fixable,
) -> Given<'a> {
    Given {
        field: path.to_owned(),
        place,
        maker: project.modules.value(moment.maker),
        fix: (!moment.is_named).then_some(fixable),
    }
}

fn moment(project: &Project, module: ModuleId, value: ExprRef<'_>) -> Option<NaiveMoment> {
    project.naive_moment(ValueRef::of(module, value))
}

/// Whether a path of names and perhaps a comparison leads to a `DateTimeField` of Django's.
fn is_moment_field(project: &Project, model: ModelId, path: &str) -> bool {
    let mut holder = model;
    let mut steps = path.split("__");
    while let Some(step) = steps.next() {
        match project.models.lookup(holder, step) {
            Found::Field(_, field) => {
                let to = field.relation().and_then(|relation| relation.to.model());
                if let Some(to) = to {
                    holder = to;
                    continue;
                }
                let lookup = steps.next();
                return field.kind == FieldKind::DateTime
                    && field.class.dotted.starts_with("django.")
                    && steps.next().is_none()
                    && lookup.is_none_or(|lookup| {
                        matches!(lookup, "exact" | "gt" | "gte" | "lt" | "lte" | "range")
                    });
            }
            Found::Reverse(reverse) => holder = reverse.from,
            Found::Key(..) | Found::Nothing | Found::Unknown => return false,
        }
    }
    false
}
