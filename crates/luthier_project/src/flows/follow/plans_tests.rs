use luthier_source::Sources;

use super::{Operation, PlannedQuery, QueryPlan};
use crate::Project;
use crate::flows::PlanEntry;

const MODELS: &str = r#"
from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver

class City(models.Model):
    name = models.CharField(max_length=50)

class Customer(models.Model):
    name = models.CharField(max_length=50)
    city = models.ForeignKey(City, models.CASCADE)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    code = models.CharField(max_length=50, unique=True)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    tags = models.ManyToManyField("Tag")

class Tag(models.Model):
    name = models.CharField(max_length=50)

class Note(models.Model):
    text = models.TextField()

@receiver(post_save, sender=Note)
def noted(sender, instance, created, **kwargs):
    if created:
        Tag.objects.create(name=instance.text)
"#;

/// The plan of `shop.code.use`.
fn plan(code: &str) -> (QueryPlan, Sources) {
    let (plan, entry, sources) = plan_of("use", code);
    assert!(matches!(entry, PlanEntry::Function(_)));
    (plan, sources)
}

/// The plan of a name in `shop.code`.
fn plan_of(name: &str, code: &str) -> (QueryPlan, PlanEntry, Sources) {
    let code = format!(
        "from shop.models import City, Customer, Line, Note, Order, Tag\n\
         from django.core.paginator import Paginator\n\
         from django.db.models import Prefetch, Q\n{code}"
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
    let entry = project.entry_named(&format!("shop.code.{name}"));
    let code = entry
        .and_then(|entry| entry.code)
        .expect("an entry with code");
    let mut plans = project.query_plans(std::slice::from_ref(&code));
    (plans.swap_remove(0), code, sources)
}

fn show(query: &PlannedQuery) -> String {
    let shape = &query.shape;
    let operation = match query.operation {
        Operation::Select => "select",
        Operation::Count => "count",
        Operation::Exists => "exists",
        Operation::Insert => "insert",
        Operation::Update => "update",
        Operation::Delete => "delete",
    };
    let part = |word: &str, names: &[String]| match names {
        [] => String::new(),
        names => format!(" {word} {}", names.join(", ")),
    };
    format!(
        "{} {operation} {}{}{}{}",
        match query.degree() {
            0 => query.times().to_string(),
            degree => format!("{}N^{degree}", query.times()),
        },
        shape.table,
        part("join", &shape.joins),
        part("by", &shape.filters),
        part("in", &shape.order),
    )
}

#[track_caller]
fn asks(code: &str, expected: &[&str]) {
    let (plan, _) = plan(code);
    let shown: Vec<String> = plan.queries.iter().map(show).collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_queryset_is_fetched_once() {
    asks(
        "
def use():
    orders = Order.objects.filter(code='a')
    if orders:
        print(len(orders), orders.count())
    for order in orders:
        print(order.code)
    return list(orders.all())
",
        &["1 select shop_order by code", "1 select shop_order by code"],
    );
}

#[test]
fn a_relation_is_followed_once() {
    asks(
        "
def name(order):
    return order.customer.name

def use():
    order = Order.objects.select_related('customer__city').get(code='a')
    print(name(order))
    other = Order.objects.get(Q(code='b') | Q(customer__name='c'))
    print(name(other), name(other), other.customer.city.name)
",
        &[
            "1 select shop_order join shop_customer, shop_city by code",
            "1 select shop_order join shop_customer by code, shop_customer.name",
            "1 select shop_customer by id",
            "1 select shop_city by id",
        ],
    );
}

#[test]
fn prefetches_are_one_query_each() {
    asks(
        "
def use():
    for order in Order.objects.prefetch_related('lines__tags', 'customer').order_by('-code'):
        print(order.customer.name, [list(line.tags.all()) for line in order.lines.all()])
",
        &[
            "1 select shop_order in -code",
            "1 select shop_customer by id",
            "1 select shop_line by order_id",
            "1 select shop_tag",
        ],
    );
}

#[test]
fn what_grows_is_told_apart() {
    asks(
        "
def use():
    for order in Order.objects.all():
        for line in order.lines.all():
            print(line.tags.count())
    for order in Order.objects.all()[:3]:
        print(order.customer.name)
",
        &[
            "1 select shop_order",
            "1N^1 select shop_line by order_id",
            "1N^2 count shop_tag join shop_line by shop_line.id",
            "1 select shop_order",
            "3 select shop_customer by id",
        ],
    );
}

#[test]
fn the_dearest_way_counts() {
    let code = "
def use(code, full):
    if not code:
        return None
    if full:
        orders = list(Order.objects.all())
        return [order.customer.name for order in orders]
    try:
        return Order.objects.get(code=code)
    except Order.DoesNotExist:
        return Order.objects.create(code=code)
";
    let (plan, _) = plan(code);
    let shown: Vec<String> = plan.queries.iter().map(show).collect();
    assert_eq!(
        shown,
        ["1 select shop_order", "1N^1 select shop_customer by id"]
    );
    assert!(plan.is_up_to && !plan.is_at_least());
}

#[test]
fn ways_that_fail_do_not_count() {
    let code = "
def use(code):
    if not code:
        raise ValueError(Order.objects.count())
    return Order.objects.filter(code=code).exists()
";
    let (plan, _) = plan(code);
    assert_eq!(plan.constant(), 1);
    assert!(!plan.is_up_to);
}

#[test]
fn a_row_is_inserted_once_and_then_updated() {
    asks(
        "
def use(customer):
    order = Order(code='a')
    order.save()
    order.code = 'b'
    order.save()
    Order.objects.get_or_create(code='c')
    Note.objects.create(text='d')
",
        &[
            "1 insert shop_order",
            "1 update shop_order by id",
            "1 select shop_order by code",
            "1 insert shop_order",
            "1 insert shop_note",
            "1 insert shop_tag",
        ],
    );
}

#[test]
fn deleting_takes_along_what_hangs_on_it() {
    asks(
        "
def use():
    Order.objects.get(code='a').delete()
    Note.objects.filter(text='b').delete()
",
        &[
            "1 select shop_order by code",
            "1 select shop_line by order_id",
            "1 delete shop_line_tags by line_id",
            "1 delete shop_line by id",
            "1 delete shop_order by id",
            "1 delete shop_note by text",
        ],
    );
}

#[test]
fn a_page_costs_a_count() {
    asks(
        "
def use(number):
    pages = Paginator(Order.objects.order_by('code'), 20)
    page = pages.get_page(number)
    print(pages.num_pages)
    return [order.code for order in page]
",
        &["1 count shop_order", "1 select shop_order in code"],
    );
}

#[test]
fn what_is_not_followed_is_said() {
    let (plan, _) = plan(
        "
def walk(city):
    for customer in Customer.objects.filter(city=city):
        walk(customer.city)

def use(rows):
    walk(None)
    return rows.select_related('customer')
",
    );
    assert!(plan.is_at_least());
    assert_eq!(plan.unseen.len(), 2);
}

#[test]
fn fields_of_a_schema_are_asked_with_all_that_they_show() {
    let code = "
import graphene
from graphene import relay
from graphene_django import DjangoConnectionField, DjangoObjectType

class LineType(DjangoObjectType):
    class Meta:
        model = Line
        fields = ['id']
        interfaces = (relay.Node,)

class OrderType(DjangoObjectType):
    buyer = graphene.String()
    class Meta:
        model = Order
        fields = ['code', 'lines']

    def resolve_buyer(root, info):
        return root.customer.name

class Query(graphene.ObjectType):
    orders = graphene.List(OrderType)
    loaded = graphene.List(OrderType)
    lines = DjangoConnectionField(LineType)

    def resolve_orders(root, info):
        return Order.objects.all()

    def resolve_loaded(root, info):
        return Order.objects.select_related('customer').prefetch_related('lines')

schema = graphene.Schema(query=Query)
";
    let shown = |name: &str| {
        let (plan, entry, _) = plan_of(name, code);
        assert!(matches!(entry, PlanEntry::GraphQl(..)));
        let queries: Vec<String> = plan.queries.iter().map(show).collect();
        (queries, plan.is_up_to)
    };
    let (orders, is_up_to) = shown("Query.orders");
    assert!(is_up_to);
    assert_eq!(
        orders,
        [
            "1 select shop_order",
            "1N^1 select shop_customer by id",
            "1N^1 count shop_line by order_id",
            "1N^1 select shop_line by order_id",
        ]
    );
    let (loaded, is_up_to) = shown("Query.loaded");
    assert!(!is_up_to);
    assert_eq!(
        loaded,
        [
            "1 select shop_order join shop_customer",
            "1 select shop_line by order_id",
        ]
    );
    let (lines, _) = shown("Query.lines");
    assert_eq!(lines, ["1 count shop_line", "1 select shop_line"]);
}

#[test]
fn pages_of_the_admin_ask_for_what_their_forms_offer() {
    let code = "
from django.contrib import admin

class LineAdmin(admin.ModelAdmin):
    pass

class OrderAdmin(admin.ModelAdmin):
    raw_id_fields = ['customer']

admin.site.register(Line, LineAdmin)
admin.site.register(Order, OrderAdmin)
";
    let shown = |name: &str| -> Vec<String> {
        let (plan, entry, _) = plan_of(name, code);
        assert!(matches!(entry, PlanEntry::Admin(..)));
        plan.queries.iter().map(show).collect()
    };
    assert_eq!(
        shown("LineAdmin.add_view"),
        ["1 select shop_order", "1 select shop_tag"]
    );
    assert_eq!(
        shown("LineAdmin.change_view"),
        [
            "1 select shop_line by id",
            "1 select shop_order",
            "1 select shop_tag join shop_line by shop_line.id",
            "1 select shop_tag",
        ]
    );
    assert_eq!(shown("OrderAdmin.add_view"), [""; 0]);
    assert_eq!(
        shown("OrderAdmin.change_view"),
        ["1 select shop_order by id", "1 select shop_customer"]
    );
}
