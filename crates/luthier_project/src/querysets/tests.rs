use luthier_source::Sources;

use super::*;

const MANAGE: &str =
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n";
const SETTINGS: &str = "INSTALLED_APPS = ['shop', 'django.contrib.auth']\n";
const MODELS: &str = "
from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.db import models

class Counted(models.Manager):
    def get_queryset(self):
        return super().get_queryset().annotate(size=models.Count('lines'))

class Kept(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(paid=False).select_related('customer')

class Made(models.Manager.from_queryset(models.QuerySet)):
    def get_queryset(self):
        return helper(super().get_queryset())

class Named(models.QuerySet):
    def named(self, name):
        return self.filter(name=name)

    def sized(self):
        found = self.annotate(size=models.Count('orders'))
        return found.named('x')

    def helped(self):
        return helper(self.all())

class Asking(models.QuerySet):
    def get(self, *args, quick=False, **kwargs):
        return super().get(*args, **kwargs)

class Asker(models.Manager.from_queryset(Asking)):
    def first_one(self):
        return self.get(quick=True)

class Customer(models.Model):
    user = models.OneToOneField(User, models.CASCADE, related_name='customer')
    name = models.CharField(max_length=20)
    data = models.JSONField()
    tags = ArrayField(models.CharField(max_length=9))

    objects = Named.as_manager()

    @property
    def open_orders(self):
        return self.orders.filter(paid=False)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name='orders')
    products = models.ManyToManyField('Product', through='Line')
    made = models.DateTimeField()
    day = models.DateField()
    paid = models.BooleanField()

    objects = models.Manager()
    counted = Counted()
    kept = Kept()
    made_by_helper = Made()
    code = unknown.CodeField()

class Product(models.Model):
    objects = models.Manager()
    asked = Asker()
    name = models.CharField(max_length=20)
    price = models.DecimalField(max_digits=8, decimal_places=2)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name='lines', related_query_name='line')
    product = models.ForeignKey(Product, models.CASCADE)
";

/// A model that no app of the settings has: others may install it.
const EXTRA: &str = "
from django.db import models
from shop.models import Order

class Parcel(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name='parcels')
";

/// A project with a function of that code, and the function's module.
fn asked(code: &str) -> (Project, ModuleId) {
    let lines = code
        .lines()
        .map(|line| format!("    {}\n", line.trim_start_matches("    ")));
    let views = format!(
        "from django.db.models import Avg, Case, Count, F, Prefetch, Q, Value, When\n\
         from django.db.models.functions import Lower, TruncMonth\n\
         from .models import Customer, Line, Order, Product\n\n\
         def view(request, flag, **more):\n{}",
        lines.collect::<String>()
    );
    let sources = Sources::in_memory(&[
        ("manage.py", MANAGE),
        ("config/__init__.py", ""),
        ("config/settings.py", SETTINGS),
        ("shop/__init__.py", ""),
        ("extra/__init__.py", ""),
        ("shop/models.py", MODELS),
        ("extra/models.py", EXTRA),
        ("shop/views.py", &views),
    ]);
    let project = Project::from_sources(&sources);
    let module = project.modules.find("shop.views").expect("it is there");
    (project, module)
}

/// The parts that lead nowhere in a function's queries, each as `part of Model`.
fn wrong(code: &str) -> Vec<String> {
    let (project, module) = asked(code);
    let names = &project.queries(module).names;
    let found = names.iter().filter_map(|name| project.misnamed(name));
    let said = found.map(|found| {
        let model = &project.models.get(found.model).name;
        match found.what {
            Missing::Name => format!("{} of {model}", found.part),
            Missing::Lookup { field } => format!("{} of {model}.{field}", found.part),
            Missing::Relation => format!("{} is no relation of {model}", found.part),
            Missing::Model => format!("{} of {model} leads anywhere", found.part),
            Missing::Column => format!("{} is no column of {model}", found.part),
        }
    });
    said.collect()
}

#[test]
fn names_are_followed_over_relations() {
    let none: [&str; 0] = [];
    let right = "
    Order.objects.filter(customer__name__icontains='x', customer_id=1, customer__in=[], pk=1)
    Order.objects.filter(line__product__price__gte=1).exclude(products__name='x')
    Order.objects.filter(customer__user__username='x', customer__user__isnull=False)
    Customer.objects.filter(orders__line__product__name__iexact='x', orders__isnull=True)
    Order.objects.order_by('-customer__name', 'pk', '?').values('customer__name', 'customer')
    Order.objects.get(customer__data__colour__0='red', customer__tags__0='x')
    Product.objects.filter(line__order__paid=True).only('name').defer('price')
    User = Customer.objects.filter(user__customer__name='x')";
    assert_eq!(wrong(right), none);
    let misspelt = "
    Order.objects.filter(costumer__name='x')
    Order.objects.filter(customer__nme__icontains='x')
    Customer.objects.filter(orders__lines__product=1)
    Order.objects.order_by('-maed').values_list('payd', flat=True)
    Order.objects.exclude(Q(payd=True) | ~Q(customer__naem='x'))
    Order.objects.update(payd=F('paidd'))";
    assert_eq!(
        wrong(misspelt),
        [
            "costumer of Order",
            "nme of Customer",
            "lines of Order",
            "maed of Order",
            "payd of Order",
            "payd of Order",
            "naem of Customer",
            "payd of Order",
            "paidd of Order",
        ]
    );
}

#[test]
fn lookups_are_those_of_the_field() {
    let none: [&str; 0] = [];
    let right = "
    Order.objects.filter(made__date__gte='x', made__year__in=[1], day__week_day=1, made__hour__lt=3)
    Order.objects.filter(customer__data__contians=1, made__date__year=1)";
    assert_eq!(wrong(right), none);
    let wrong_ones = "
    Product.objects.filter(name__contians='x')
    Order.objects.filter(day__hour=3)
    Order.objects.filter(made__date__hour=3)
    Product.objects.filter(price__year=1)
    Order.objects.filter(customer__icontains='x')";
    assert_eq!(
        wrong(wrong_ones),
        [
            "contians of Product.name",
            "hour of Order.day",
            "hour of Order.made",
            "year of Product.price",
            "icontains of Customer",
        ]
    );
}

#[test]
fn what_a_queryset_has_besides_fields_is_no_mistake() {
    let none: [&str; 0] = [];
    let right = "
    rows = Order.objects.annotate(size=Count('line'))
    rows = rows.filter(size__gt=1)
    rows.order_by('size')
    Order.objects.annotate(Count('line')).filter(line__count__gt=1)
    Order.objects.alias(low=Lower('customer__name')).filter(low='x').values(name=F('low'))
    Order.objects.values('day').annotate(sum=Avg('line__product__price')).order_by('sum')
    Order.counted.filter(size=1)
    Order.made_by_helper.filter(size=1)
    Order.objects.filter(parcels__id=1).prefetch_related('parcels')
    Order.objects.filter(code='x').update(code='y')
    Order.objects.extra(select={'more': '1'}).filter(more=1)
    Order.objects.annotate(**more).filter(any=1)
    Customer.objects.sized().filter(size=1)
    Customer.objects.helped().filter(any=1)
    flag.filter(any=1)
    Product.asked.get(quick=True, id=1)
    Order.objects.filter(**more)
    flag.orders.filter(any=1)
    Order.objects.annotate(a=Value(1), b=F('a') + 1)";
    assert_eq!(wrong(right), none);
    let misspelt = "
    rows = Order.objects.annotate(size=Count('line'))
    rows.filter(sise__gt=1)
    Order.objects.annotate(size=Count('lines')).values('day')
    Order.objects.annotate(n=Count('line', filter=Q(payd=True)))
    Order.objects.annotate(k=Case(When(payd=True, then=F('dya')), default=Value(1)))
    Order.objects.aggregate(a=Avg('line__product__prize'))
    Order.counted.filter(siize=1)
    Customer.objects.named('x').filter(size=1)
    Order.kept.filter(size=1)
    Customer.objects.get(pk=1).orders.filter(payd=True)
    for order in Order.objects.all():
        order.lines.filter(prodduct=1)";
    assert_eq!(
        wrong(misspelt),
        [
            "sise of Order",
            "lines of Order",
            "payd of Order",
            "payd of Order",
            "dya of Order",
            "prize of Product",
            "siize of Order",
            "size of Customer",
            "size of Order",
            "payd of Order",
            "prodduct of Line",
        ]
    );
}

#[test]
fn managers_ask_their_own_model() {
    let models = format!(
        "{MODELS}

class Tagged(models.Manager):
    def get_queryset(self):
        return super().get_queryset().annotate(size=models.Count('name'))

    def big(self):
        return self.filter(size=1, naem='x').order_by('word')

    def small(self):
        return self.get_queryset().filter(size=1).exclude(wrod='x')

class Tag(models.Model):
    word = models.CharField(max_length=9)
    objects = Tagged()
"
    );
    let sources = Sources::in_memory(&[
        ("manage.py", MANAGE),
        ("config/__init__.py", ""),
        ("config/settings.py", SETTINGS),
        ("shop/__init__.py", ""),
        ("shop/models.py", &models),
    ]);
    let project = Project::from_sources(&sources);
    let module = project.modules.find("shop.models").expect("it is there");
    let names = project.queries(module).names.iter();
    let wrong = names.filter_map(|name| project.misnamed(name));
    let parts: Vec<String> = wrong.map(|wrong| wrong.part).collect();
    assert_eq!(parts, ["naem", "wrod"]);
}

#[test]
fn querysets_ask_all_models_that_they_serve() {
    let models = "
from django.db import models

class Stamped(models.QuerySet):
    def late(self):
        return self.filter(stamp=1, stanp=2, pages=3, covers=4)

class Recent(models.QuerySet):
    def ordered(self):
        return self.order_by('stamp', 'stmap')

class RecentManager(models.Manager):
    def get_queryset(self):
        return Recent(self.model, using=self._db).filter(stamp=1)

class Log(models.Model):
    stamp = models.IntegerField()
    pages = models.IntegerField()
    objects = Stamped.as_manager()
    recent = RecentManager()

class Report(models.Model):
    stamp = models.IntegerField()
    covers = models.IntegerField()
    objects = Stamped.as_manager()
    recent = RecentManager()

def late():
    return list(Log.objects.late())
";
    let sources = Sources::in_memory(&[
        ("manage.py", MANAGE),
        ("config/__init__.py", ""),
        ("config/settings.py", SETTINGS),
        ("shop/__init__.py", ""),
        ("shop/models.py", models),
    ]);
    let project = Project::from_sources(&sources);
    let module = project.modules.find("shop.models").expect("it is there");
    let names = project.queries(module).likely.iter();
    let wrong = names.filter_map(|name| project.misnamed(name));
    let mut parts: Vec<String> = wrong.map(|wrong| wrong.part).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["covers", "stanp", "stmap"]);
}

#[test]
fn relations_are_loaded_by_their_kind() {
    let none: [&str; 0] = [];
    let right = "
    Order.objects.select_related('customer__user', 'customer').select_related(None)
    Customer.objects.prefetch_related('orders__lines__product', 'user', 'open_orders')
    Customer.objects.prefetch_related(Prefetch('orders', to_attr='kept'), 'kept__lines')
    Order.objects.prefetch_related('products', 'customer__orders')";
    assert_eq!(wrong(right), none);
    let misspelt = "
    Order.objects.select_related('costumer')
    Order.objects.select_related('products')
    Order.objects.select_related('customer__name')
    Customer.objects.select_related('orders')
    Order.objects.prefetch_related('line')
    Order.objects.prefetch_related('customer__name')
    Order.objects.prefetch_related(Prefetch('lines__produkt'))";
    assert_eq!(
        wrong(misspelt),
        [
            "costumer of Order",
            "products is no relation of Order",
            "name is no relation of Customer",
            "orders is no relation of Customer",
            "line is no relation of Order",
            "name is no relation of Customer",
            "produkt is no relation of Line",
        ]
    );
}

#[test]
fn names_know_what_they_are_given() {
    let (project, module) = asked(
        "
    Order.objects.filter(Q(paid=1) | Q(('day', 2)), customer__name=3).order_by('made')
    Order.objects.update_or_create(pk=4, defaults={'made': 5})
    Order.objects.update(paid=6)
    Order.objects.annotate(paid_later=7).filter(paid_later=8)
    Order(paid=9).save()
    flag.filter(paid=10)",
    );
    let names = project.queries(module).names.iter();
    let given = names.filter_map(|name| {
        let value = project.modules.value(name.given?).as_int()?;
        Some((&*name.path, name.role, value))
    });
    let mut given: Vec<_> = given.collect();
    given.sort_by_key(|&(.., value)| value);
    assert_eq!(
        given,
        [
            ("paid", Role::Lookup, 1),
            ("day", Role::Lookup, 2),
            ("customer__name", Role::Lookup, 3),
            ("pk", Role::Lookup, 4),
            ("made", Role::Made, 5),
            ("paid", Role::Column, 6),
            ("paid", Role::Made, 9),
        ]
    );
}

/// What leads nowhere in the queries of a module, with the model that was asked.
fn wrong_in(path: &str, code: &str) -> Vec<String> {
    let mut files = vec![
        ("manage.py", MANAGE),
        ("config/__init__.py", ""),
        ("config/settings.py", SETTINGS),
        ("shop/__init__.py", ""),
        ("shop/models.py", MODELS),
    ];
    files.retain(|(known, _)| *known != path);
    files.push((path, code));
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let module = path.trim_end_matches(".py").replace('/', ".");
    let module = project.modules.find(&module).expect("it is there");
    let queries = project.queries(module);
    let names = queries.names.iter().chain(&queries.likely);
    let wrong = names.filter_map(|name| Some((name.place, project.misnamed(name)?)));
    let mut wrong: Vec<_> = wrong.collect();
    wrong.sort_by_key(|(place, _)| *place);
    let said = wrong.into_iter().map(|(_, wrong)| {
        let model = &project.models.get(wrong.model).name;
        format!("{} of {model}", wrong.part)
    });
    said.collect()
}

#[test]
fn rows_that_callers_give_are_known() {
    let wrong = wrong_in(
        "shop/code.py",
        "
from shop.models import Customer, Order

def asked(rows):
    return rows.filter(payd=True).order_by('code')

def either(rows):
    return rows.filter(id=1, naem='x', code='y', name='z')

def unknown(rows):
    return rows.filter(payd=True)

def use():
    asked(Order.objects.all())
    either(Order.objects.all())
    either(Customer.objects.all())

class Kept:
    def __init__(self):
        self.rows = Order.objects.filter(paid=True)

    def late(self):
        return self.rows.filter(mdae=1)
",
    );
    assert_eq!(
        wrong,
        ["payd of Order", "naem of Customer", "mdae of Order"]
    );
}

#[test]
fn annotations_that_are_not_seen_are_looked_for_everywhere() {
    let wrong = wrong_in(
        "shop/code.py",
        "
from django.db.models import Count
from shop.models import Order
from shop.far import counted

def use(more, **asked):
    rows = Order.objects.annotate(**more)
    rows.filter(payd=1, height=1, line__count=1)
    counted(rows).order_by('-mdae')
    Order.objects.annotate(**{'height': Count('line')})
    return Order.objects.annotate(**asked).values('width', 'customer__nmae')

def measure():
    return Order.objects.annotate(width=Count('line'))
",
    );
    assert_eq!(wrong, ["payd of Order", "nmae of Customer"]);
}

#[test]
fn words_that_lead_to_one_model_say_what_is_asked() {
    let wrong = wrong_in(
        "shop/code.py",
        "
from django.shortcuts import get_object_or_404
from shop.models import Order

def use(row, other, key):
    row.orders.filter(payd=True).update(paid=True)
    lines = other.order.lines.all()
    if key:
        lines = lines.filter(prodduct=1)
    get_object_or_404(Order, pkk=key)
    get_object_or_404(row.orders, pk=key, cuestomer=1)
    row.anything.filter(payd=True)
    return lines.exclude(product__naem='x')
",
    );
    assert_eq!(
        wrong,
        [
            "payd of Order",
            "prodduct of Line",
            "pkk of Order",
            "cuestomer of Order",
            "naem of Product",
        ]
    );
}

#[test]
fn conditions_in_variables_are_those_of_the_query() {
    let wrong = wrong_in(
        "shop/code.py",
        "
from django.db.models import Q
from shop.models import Customer, Order

def one(late):
    asked = Q(payd=True)
    if late:
        asked |= Q(mdae=1) & Q(paid=False)
    return Order.objects.filter(asked, customer__name='x')

def two():
    shared = Q(name='x') | Q(payd=True)
    return Order.objects.filter(shared), Customer.objects.filter(shared)
",
    );
    assert_eq!(wrong, ["payd of Order", "mdae of Order"]);
}

#[test]
fn methods_of_the_projects_own_may_hand_on_what_they_get() {
    let wrong = wrong_in(
        "shop/models.py",
        "
from django.db import models

class Keyed(models.QuerySet):
    OLD = {'label': 'name'}

    def filter(self, *args, key=None, **kwargs):
        return super().filter(*args, **self.translated(key, kwargs))

class Swallowing(models.QuerySet):
    def filter(self, **kwargs):
        return self

class Box(models.Model):
    name = models.CharField(max_length=9)
    objects = Keyed.as_manager()

class Chest(models.Model):
    name = models.CharField(max_length=9)
    objects = Keyed.as_manager()
    swallowed = Swallowing.as_manager()

class Late(models.Manager):
    def get_queryset(self):
        return super().get_queryset().exclude(nmae='x')

class Lid(models.Model):
    name = models.CharField(max_length=9)
    paid = models.BooleanField()
    objects = Late()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(payd=True), name='x')]

def use():
    Box.objects.filter(naem='x', key=1, label='x')
    Chest.swallowed.filter(naem='x')
    return Box.objects.get_or_create(nmae='x', defaults={'anything': 1})
",
    );
    assert_eq!(
        wrong,
        ["nmae of Lid", "payd of Lid", "naem of Box", "nmae of Box"]
    );
}
