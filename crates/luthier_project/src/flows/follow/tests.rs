use luthier_source::Sources;

use crate::Project;
use crate::flows::{Ask, Growing};

const MODELS: &str = r#"
from django.db import models
from functools import cached_property

class City(models.Model):
    name = models.CharField(max_length=50)

class OrderQuerySet(models.QuerySet):
    def full(self):
        return self.select_related("customer__city")

class Customer(models.Model):
    name = models.CharField(max_length=50)
    city = models.ForeignKey(City, models.CASCADE)

    @property
    def place(self):
        return self.city.name

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    code = models.CharField(max_length=50)
    objects = OrderQuerySet.as_manager()

    def __str__(self):
        return f"{self.code} of {self.customer}"

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
"#;

fn growing(code: &str) -> Vec<String> {
    let code = format!(
        "from shop.models import City, Customer, Line, Order\nfrom django.db.models import Prefetch\n{code}"
    );
    let sources = Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\n",
        ),
        ("site_/__init__.py", ""),
        ("site_/settings.py", "INSTALLED_APPS = ['shop']\n"),
        ("shop/__init__.py", ""),
        ("shop/models.py", MODELS),
        ("shop/code.py", &code),
    ]);
    let project = Project::from_sources(&sources);
    let show = |growing: &Growing| {
        let file = sources.file(growing.place.file);
        let line = file.line_column(growing.place.span.start).line;
        let text = file.text.lines().nth(line as usize - 1).unwrap_or_default();
        let asked = match &growing.ask {
            Ask::Relation { name, .. } => format!("relation {name}"),
            Ask::Column { name, .. } => format!("column {name}"),
            Ask::Method { name, discards, .. } => {
                let discards = if *discards { " discards" } else { "" };
                format!("method {name}{discards}")
            }
            Ask::Write { name, .. } => format!("write {name}"),
        };
        let unsure = if growing.is_conditional { "?" } else { "" };
        format!("{asked}{unsure} ^{}: {}", growing.depth, text.trim())
    };
    project.growing_queries().iter().map(show).collect()
}

#[track_caller]
fn grows(code: &str, expected: &[&str]) {
    assert_eq!(growing(code), expected);
}

#[test]
fn rows_are_followed_through_functions_and_containers() {
    grows(
        "
def orders(code=None):
    rows = Order.objects.all()
    if code:
        rows = rows.filter(code=code)
    return rows

def pairs(rows):
    return {'rows': [(row.pk, row) for row in rows]}

def use():
    for key, order in pairs(orders('a'))['rows']:
        print(order.customer.name)
",
        &["relation customer ^1: print(order.customer.name)"; 2],
    );
}

#[test]
fn arguments_that_are_left_out_decide_branches() {
    grows(
        "
def orders(code=None, full=False):
    if full:
        return Order.objects.all()
    rows = Order.objects.select_related('customer') if code is None else Order.objects.all()
    if not code:
        return rows
    return Order.objects.all()

def use():
    for order in orders():
        print(order.customer.name)
",
        &[],
    );
}

#[test]
fn what_is_loaded_is_not_asked_for() {
    grows(
        "
def use():
    for order in Order.objects.full():
        print(order, order.customer.place)
    for line in Line.objects.select_related('order__customer'):
        print(line.order)
    for order in Order.objects.prefetch_related(Prefetch('lines', to_attr='all_lines')):
        for line in order.all_lines:
            print(line.order.code)
    for customer in Customer.objects.prefetch_related('orders'):
        for order in customer.orders.all():
            print(order.customer.name)
",
        &[],
    );
}

#[test]
fn text_and_properties_ask() {
    grows(
        "
def use():
    return [str(order) for order in Order.objects.all()]

def places():
    for order in Order.objects.select_related('customer'):
        yield order.customer.place
",
        &[
            "relation city ^1: return self.city.name",
            "relation customer ^1: return f\"{self.code} of {self.customer}\"",
        ],
    );
}

#[test]
fn loops_within_loops_multiply() {
    grows(
        "
def use():
    for city in City.objects.all():
        for customer in city.customer_set.all():
            for order in customer.orders.all():
                print(order.code)
",
        &[
            "relation customer_set ^1: for customer in city.customer_set.all():",
            "relation orders ^2: for order in customer.orders.all():",
        ],
    );
}

#[test]
fn one_row_is_asked_once() {
    grows(
        "
def use(code):
    order = Order.objects.get(code=code)
    for city in City.objects.all():
        print(order.customer.name, city.name)
    for order in Order.objects.order_by('pk')[:3]:
        print(order.customer.name)
    for order in Order.objects.all():
        return order.customer
    for order in Order.objects.all():
        if order.code == code:
            raise ValueError(order.customer.name)
",
        &[],
    );
}

#[test]
fn the_second_touch_costs_nothing() {
    grows(
        "
def use():
    for order in Order.objects.all():
        print(order.customer.name)
        print(order.customer.pk)
        for line in order.lines.all():
            print(line.order.customer.name)
",
        &[
            "relation customer ^1: print(order.customer.name)",
            "relation lines ^1: for line in order.lines.all():",
        ],
    );
}

#[test]
fn rows_of_either_model_are_touched_once() {
    grows(
        "
def use(late):
    model = Line if late else Order
    for row in (row for row in model.objects.all() if row.customer.name or row.order.code):
        print(row.customer.name)
",
        &[
            "relation customer ^1: for row in (row for row in model.objects.all() if row.customer.name or row.order.code):",
            "relation order ^1: for row in (row for row in model.objects.all() if row.customer.name or row.order.code):",
        ],
    );
}

#[test]
fn what_is_tried_until_it_fits_is_less_sure() {
    grows(
        "
def use():
    for order in Order.objects.all():
        while True:
            code = made()
            if not Order.objects.filter(code=code).exists():
                break
        for line in Line.objects.filter(order__code=code):
            order.pk = None
            order.save(force_insert=True)
",
        &[
            "method exists? ^1: if not Order.objects.filter(code=code).exists():",
            "method  ^1: for line in Line.objects.filter(order__code=code):",
            "write save? ^2: order.save(force_insert=True)",
        ],
    );
}

#[test]
fn code_behind_a_cache_is_less_sure() {
    grows(
        "
KNOWN = {}

def name(order):
    if order.code in KNOWN:
        return KNOWN[order.code]
    return order.customer.name

def use():
    for order in Order.objects.all():
        print(name(order))
",
        &["relation customer? ^1: return order.customer.name"],
    );
}

#[test]
fn functions_that_call_themselves_end() {
    grows(
        "
def walk(rows, depth):
    for order in rows:
        print(order.customer.name)
        walk(Order.objects.filter(code=order.code), depth + 1)

def use():
    walk(Order.objects.all(), 0)
",
        &[
            "method  ^1: for order in rows:",
            "relation customer ^1: print(order.customer.name)",
            "relation customer ^2: print(order.customer.name)",
        ],
    );
}

#[test]
fn rows_just_made_have_nothing_prefetched() {
    grows(
        "
def use(codes):
    orders = [Order(code=line['code']) for line in Line.objects.values('order')]
    for order in orders:
        print(order.lines.last())
        for line in order.lines.all():
            print(line)
",
        &["method last ^1: print(order.lines.last())"],
    );
}

#[test]
fn a_name_that_is_no_relation_loads_nothing() {
    grows(
        "
def use():
    for customer in Customer.objects.select_related('picture'):
        print(customer.orders.order_by('code').count())
    for customer in Customer.objects.select_related('picture').prefetch_related('orders'):
        print(customer.orders.order_by('pk').count())
",
        &[
            "method count ^1: print(customer.orders.order_by('code').count())",
            "method count discards ^1: print(customer.orders.order_by('pk').count())",
        ],
    );
}

/// Calls a function, `padding` statements long, with rows that differ in what is loaded with them.
fn with_many_kinds(padding: usize) -> String {
    let padding = "    1 + 1\n".repeat(padding);
    let columns = [
        "",
        ".only('code', 'customer')",
        ".only('customer')",
        ".defer('code')",
    ];
    let fetched = [
        "",
        ".prefetch_related('lines')",
        ".prefetch_related('customer__orders')",
    ];
    let kinds = columns.iter().flat_map(|columns| {
        fetched.iter().flat_map(move |fetched| {
            ["customer", "customer__city"]
                .map(|joined| format!(".select_related('{joined}'){fetched}{columns}"))
        })
    });
    let loops: String = kinds
        .chain([".all()".to_owned()])
        .map(|kind| format!("    for order in Order.objects{kind}:\n        name(order)\n"))
        .collect();
    format!("def name(order):\n{padding}    return order.customer.name\n\ndef use():\n{loops}")
}

#[test]
fn a_small_function_is_followed_with_many_kinds_of_rows() {
    let touched = "relation customer ^1: return order.customer.name";
    grows(&with_many_kinds(0), &[touched]);
}

#[test]
fn a_large_function_with_too_many_kinds_of_rows_is_silent() {
    grows(&with_many_kinds(400), &[]);
}

#[test]
fn rows_of_one_parent_share_its_instance() {
    grows(
        "
def one(pk):
    order = Order.objects.get(pk=pk)
    for line in order.lines.filter(pk__gt=1):
        print(line.order.customer.name, line.order.customer.city)

def all():
    for order in Order.objects.prefetch_related('lines'):
        for line in order.lines.all():
            print(line.order.customer.pk)
",
        &["relation customer ^1: print(line.order.customer.pk)"],
    );
}

/// What comes of each was counted with Django 6.1.3 on two and on four times two rows.
#[test]
fn rows_with_peers_fetch_for_all_of_them() {
    let with_mode = |body: &str| {
        let head = "from django.db.models import FETCH_PEERS, FETCH_RAISE\n";
        growing(&format!("{head}{body}"))
    };
    // Two queries, three queries, one more for each of the columns.
    for body in [
        "
def f():
    return [line.order.customer.name for line in Line.objects.fetch_mode(FETCH_PEERS)]
",
        "
def f():
    rows = list(Line.objects.select_related('order').fetch_mode(FETCH_PEERS))
    for line in rows:
        print(line.order.customer.city.name)
",
        "
def f():
    for order in Order.objects.defer('code').fetch_mode(FETCH_PEERS):
        print(order.code)
",
        "
def f():
    for order in Order.objects.fetch_mode(FETCH_RAISE):
        print(order.customer.name)
",
        "
def f(mode):
    for order in Order.objects.fetch_mode(mode):
        print(order.customer.name)
",
        "
def name(order):
    return order.customer.name

def f():
    return [name(order) for order in Order.objects.fetch_mode(FETCH_PEERS)]
",
    ] {
        assert_eq!(with_mode(body), [""; 0], "{body}");
    }
    // Rows of a relation are fetched for each row as ever; each of these lots has peers again.
    let many = "
def f():
    for customer in Customer.objects.fetch_mode(FETCH_PEERS):
        for order in customer.orders.all():
            for line in order.lines.all():
                print(line.order.code)
";
    assert_eq!(
        with_mode(many),
        [
            "relation orders ^1: for order in customer.orders.all():",
            "relation lines ^2: for line in order.lines.all():",
        ]
    );
    let once_a_lot = "
def f():
    for city in City.objects.fetch_mode(FETCH_PEERS):
        for customer in city.customer_set.all():
            for order in customer.orders.all():
                print(order.code)

def g():
    for order in Order.objects.fetch_mode(FETCH_PEERS):
        for line in order.lines.all():
            line.order.customer.city.name
";
    assert_eq!(
        with_mode(once_a_lot),
        [
            "relation customer_set ^1: for customer in city.customer_set.all():",
            "relation orders ^2: for order in customer.orders.all():",
            "relation lines ^1: for line in order.lines.all():",
        ]
    );
    // What lets go of its rows has no peers, nor has a row that was fetched alone, nor have those that
    // were prefetched.
    let alone = "
def f():
    for order in Order.objects.fetch_mode(FETCH_PEERS).iterator():
        print(order.customer)

def g(keys):
    for key in Order.objects.values_list('pk', flat=True):
        order = Order.objects.fetch_mode(FETCH_PEERS).get(pk=key)
        print(order.customer.name)

def h():
    for customer in Customer.objects.fetch_mode(FETCH_PEERS).prefetch_related('orders__lines'):
        for order in customer.orders.all():
            print(order.customer.city)
            for line in order.lines.all():
                print(line.order.customer.city.name)

def i():
    for city in City.objects.fetch_mode(FETCH_PEERS).prefetch_related('customer_set__orders'):
        for customer in city.customer_set.all():
            print(len(customer.orders.exclude(code='')))
";
    assert_eq!(
        with_mode(alone),
        [
            "relation customer ^1: print(order.customer)",
            "method get ^1: order = Order.objects.fetch_mode(FETCH_PEERS).get(pk=key)",
            "relation customer ^1: print(order.customer.name)",
            "method  discards ^2: print(len(customer.orders.exclude(code='')))",
        ]
    );
}

#[test]
fn code_that_makes_rows_up_is_left_alone() {
    grows(
        "
from faker import Faker

def fill():
    for order in Order.objects.all():
        print(order.customer.name)
",
        &[],
    );
}

#[test]
fn rows_of_an_annotated_parameter_are_asked_for_anew_by_conditions() {
    grows(
        "
def open_lines(order: Order):
    for line in order.lines.filter(pk__gt=1):
        print(line.order.customer)

def cities(customer: Customer):
    for order in customer.orders.filter(code='a'):
        print([line.pk for line in order.lines.all()])

def prefetched_maybe(customer: Customer):
    for order in customer.orders.all():
        print([line.pk for line in order.lines.all()])
",
        &["relation lines ^1: print([line.pk for line in order.lines.all()])"],
    );
}

#[test]
fn what_code_puts_on_requests_is_found_there() {
    grows(
        "
def middleware(get_response):
    def answer(request):
        request.customer = Customer.objects.get(name='a')
        return get_response(request)
    return answer

def page(request):
    return [line.order.code for line in Line.objects.filter(order__in=request.customer.orders.filter(code='a'))]

class Page:
    def rows(self):
        for order in self.request.customer.orders.filter(code='a'):
            print(order.lines.count())
",
        &[
            "relation order ^1: return [line.order.code for line in \
             Line.objects.filter(order__in=request.customer.orders.filter(code='a'))]",
            "method count ^1: print(order.lines.count())",
        ],
    );
}

#[test]
fn many_ways_to_build_a_queryset_are_kept_as_one() {
    grows(
        "
def rows(by):
    orders = Order.objects.select_related('customer')
    if by == 'code':
        orders = orders.order_by('code')
    elif by == 'customer':
        orders = orders.order_by('customer')
    elif by == 'newest':
        orders = orders.order_by('-pk')
    elif by == 'oldest':
        orders = orders.order_by('pk')
    elif by == 'some':
        orders = orders.filter(code='a')
    for order in orders:
        print(order.customer.city.name)
",
        &["relation city ^1: print(order.customer.city.name)"; 2],
    );
}

#[test]
fn without_settings_the_only_model_of_users_is_that_of_users() {
    let sources = Sources::in_memory(&[
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            "
from django.contrib.auth.models import AbstractUser
from django.db import models

class Team(models.Model):
    pass

class Person(AbstractUser):
    team = models.ForeignKey(Team, models.CASCADE)
",
        ),
        (
            "shop/code.py",
            "
from django.contrib.auth import get_user_model

def teams():
    return [user.team.pk for user in get_user_model().objects.all()]
",
        ),
    ]);
    let project = Project::from_sources(&sources);
    let asked: Vec<&Ask> = project
        .growing_queries()
        .iter()
        .map(|growing| &growing.ask)
        .collect();
    assert!(
        matches!(asked[..], [Ask::Relation { name, .. }] if &**name == "team"),
        "{asked:?}"
    );
}

#[test]
fn rows_that_stood_for_their_truth_are_in_memory() {
    grows(
        "
def first():
    for customer in Customer.objects.all():
        orders = Order.objects.filter(customer=customer)
        if orders:
            print(orders[0].code, [order.code for order in orders])
            print(orders.filter(code='a').count())
",
        &[
            "method  ^1: if orders:",
            "method count ^1: print(orders.filter(code='a').count())",
        ],
    );
}
