//! How queries that grow are weighed.

use luthier_diagnostics::Confidence;

use super::N_PLUS_ONE_LOOP;
use crate::testing::check;

const MODELS: &str = r#"
--- shop/models.py
from django.conf import settings
from django.db import models

class Shop(models.Model):
    name = models.CharField(max_length=100)

class Product(models.Model):
    name = models.CharField(max_length=100)

class Place(models.Model):
    within = models.ForeignKey("self", models.CASCADE, null=True)

class Order(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="orders")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="orders")
    parent = models.ForeignKey("self", models.CASCADE, related_name="parts", null=True)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.CASCADE)
    position = models.IntegerField(default=0)

"#;

/// The confidences of what is found, by place.
#[track_caller]
fn are(files: &str, confidences: &[Confidence]) {
    let found = check(&N_PLUS_ONE_LOOP, &format!("{MODELS}{files}"));
    let found: Vec<Confidence> = found.findings.iter().map(|one| one.confidence).collect();
    assert_eq!(found, confidences, "{files}");
}

/// What is found in a module beside the models.
#[track_caller]
fn are_in_code(code: &str, confidences: &[Confidence]) {
    let imports = "from shop.models import Line, Order, Product";
    are(&format!("--- shop/code.py\n{imports}\n{code}"), confidences);
}

#[test]
fn rows_of_one_other_may_be_a_handful() {
    are_in_code(
        "
def of_one(key):
    order = Order.objects.get(pk=key)
    return [line.product.name for line in order.lines.all()]  # fires

def of_each():
    for order in Order.objects.prefetch_related('lines'):
        print([line.product.name for line in order.lines.all()])  # fires

def of_all():
    return [line.product.name for line in Line.objects.all()]  # fires
",
        &[Confidence::Possible, Confidence::Likely, Confidence::Likely],
    );
}

#[test]
fn a_search_may_stand_in_a_try() {
    are_in_code(
        "
def sought():
    for line in Line.objects.all():
        try:
            if line.product.name == 'tea':  # fires
                return line
        except ValueError:
            pass
",
        &[Confidence::Possible],
    );
}

#[test]
fn a_list_made_of_them_has_no_more() {
    are_in_code(
        "
def sorted_lines(order):
    return [line for line in order.lines.order_by('position')]

def names(key):
    lines = sorted_lines(Order.objects.get(pk=key))
    return [line.product.name for line in lines]  # fires
",
        &[Confidence::Possible],
    );
}

#[test]
fn an_order_has_few_of_most_things_and_a_shop_many() {
    are_in_code(
        "
def of_order(order):
    return [line.product.name for line in Line.objects.filter(order_id=order)]  # fires

def of_shop(shop):
    return [order.parent.pk for order in Order.objects.filter(shop=shop)]  # fires

def of_product(product):
    return [line.order.pk for line in Line.objects.filter(product=product)]  # fires
",
        &[Confidence::Possible, Confidence::Likely, Confidence::Likely],
    );
}

#[test]
fn one_query_more_matters_little_beside_others() {
    are_in_code(
        "
def more():
    for line in Line.objects.all():
        if Line.objects.filter(product_id=line.product_id).exclude(pk=line.pk).exists():
            line.position = len(line.product.name)  # fires
            line.save()

def only_written():
    for line in Line.objects.all():
        line.position = len(line.product.name)  # fires
        line.save()
",
        &[Confidence::Possible, Confidence::Likely],
    );
}

#[test]
fn several_statements_for_each_row_are_more() {
    are_in_code(
        "
def marked():
    for line in Line.objects.all():
        line.position = len(line.product.name)  # fires
        line.save()
        Product.objects.create(name=line.position)

def dropped():
    for order in Order.objects.all():
        print(order.shop.name)  # fires
        order.delete()

def dropped_parts():
    for line in Line.objects.all():
        print(line.product.name)  # fires
        line.delete()

def with_parts():
    for order in Order.objects.prefetch_related('lines'):
        print(order.shop.name)  # fires
        for line in order.lines.all():
            line.save()
",
        &[
            Confidence::Possible,
            Confidence::Possible,
            Confidence::Likely,
            Confidence::Possible,
        ],
    );
}

#[test]
fn one_of_several_statements_for_each_row_is_no_more() {
    are_in_code(
        "
from django.db import transaction

def either(line, is_short):
    if is_short:
        line.save(update_fields=['position'])
    else:
        line.save()

def one_way(is_short):
    for line in Line.objects.all():
        line.position = len(line.product.name)  # fires
        if is_short:
            line.save(update_fields=['position'])
            continue
        line.save()

def called_one_way(is_short):
    for line in Line.objects.all():
        line.position = len(line.product.name)  # fires
        either(line, is_short)

def at_once():
    for line in Line.objects.all():
        with transaction.atomic():
            line.position = len(line.product.name)  # fires
            line.save()
",
        &[Confidence::Likely, Confidence::Likely, Confidence::Likely],
    );
    are_in_code(
        "
def both(line):
    line.save()
    Product.objects.create(name=line.position)

def one_way_and_more(is_short):
    for line in Line.objects.all():
        line.position = len(line.product.name)  # fires
        if is_short:
            line.save(update_fields=['position'])
        else:
            line.save()
        Product.objects.create(name=line.position)

def called():
    for line in Line.objects.all():
        line.position = len(line.product.name)  # fires
        both(line)
",
        &[Confidence::Possible, Confidence::Possible],
    );
}

#[test]
fn what_is_sent_takes_longer_than_a_query() {
    are_in_code(
        "
import requests
from django.core.mail import EmailMessage, mail_admins
from celery import shared_task

@shared_task
def pack(key):
    pass

def tell(line):
    EmailMessage('packed', line.product.name).send()  # fires

def mailed():
    for line in Line.objects.all():
        tell(line)

def posted():
    for line in Line.objects.all():
        requests.post('https://example.org', line.product.name)  # fires

def queued():
    for line in Line.objects.all():
        pack.delay(line.product.pk)  # fires

def told_of_trouble():
    for line in Line.objects.all():
        try:
            print(line.product.name)  # fires
        except ValueError:
            mail_admins('wrong', str(line.pk))

def gathered():
    names = [line.product.name for line in Line.objects.all()]  # fires
    mail_admins('all', str(names))
",
        &[
            Confidence::Possible,
            Confidence::Possible,
            Confidence::Possible,
            Confidence::Likely,
            Confidence::Likely,
        ],
    );
}

#[test]
fn what_is_sent_for_some_rows_says_nothing_of_the_others() {
    are_in_code(
        "
from django.core.mail import mail_admins

def told_of_some():
    for line in Line.objects.all():
        print(line.product.name)  # fires
        if line.position > 1000:
            mail_admins('far', line.position)

def told_unless_far():
    for line in Line.objects.all():
        print(line.product.name)  # fires
        if line.position > 1000:
            continue
        mail_admins('near', line.position)

def told_with_its_product():
    for line in Line.objects.all():
        if line.position > 1000:
            mail_admins('far', line.product.name)  # fires

def tell(line):
    if line.position > 1000:
        mail_admins('far', line.position)

def called_of_some():
    for line in Line.objects.all():
        print(line.product.name)  # fires
        tell(line)

def put_off(clock):
    for line in Line.objects.all():
        clock.delay(line.product.name)  # fires
",
        &[
            Confidence::Likely,
            Confidence::Possible,
            Confidence::Possible,
            Confidence::Likely,
            Confidence::Likely,
        ],
    );
}

#[test]
fn an_owner_may_be_named_in_a_q() {
    are_in_code(
        "
from django.db.models import Q

def of_order(order):
    lines = Line.objects.filter(Q(order=order) & Q(position__gt=1))
    return [line.product.name for line in lines]  # fires

def of_order_or_first(order):
    lines = Line.objects.filter(Q(order=order) | Q(position=1))
    return [line.product.name for line in lines]  # fires

def of_others(order):
    return [line.product.name for line in Line.objects.filter(~Q(order=order))]  # fires
",
        &[Confidence::Possible, Confidence::Likely, Confidence::Likely],
    );
}

#[test]
fn owners_may_be_users_whose_model_is_not_seen() {
    are(
        "
--- shop/baskets.py
from django.contrib.auth.models import User
from django.db import models
from shop.models import Order, Product

class Basket(models.Model):
    user = models.ForeignKey(User, models.CASCADE)

class Item(models.Model):
    basket = models.ForeignKey(Basket, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)

def of_basket(basket):
    return [item.product.name for item in Item.objects.filter(basket=basket)]  # fires

def of_user(user):
    return [order.shop.name for order in Order.objects.filter(buyer_id=user.pk)]  # fires

def of_users(name):
    return [order.shop.name for order in Order.objects.filter(buyer__username=name)]  # fires
",
        &[
            Confidence::Possible,
            Confidence::Possible,
            Confidence::Likely,
        ],
    );
}

#[test]
fn administrators_are_few() {
    are(
        "
--- manage.py
import os
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')

--- config/settings.py
INSTALLED_APPS = ['people', 'shop']
AUTH_USER_MODEL = 'people.Person'

--- people/models.py
from django.contrib.auth.models import AbstractUser
from django.db import models
from shop.models import Shop

class Person(AbstractUser):
    shop = models.ForeignKey(Shop, models.CASCADE)

def administrators():
    return [person.shop.name for person in Person.objects.filter(is_superuser=True)]  # fires

def others():
    return [person.shop.name for person in Person.objects.filter(is_superuser=False)]  # fires
",
        &[Confidence::Possible, Confidence::Likely],
    );
}

#[test]
fn configuration_is_a_handful_but_for_that_of_users() {
    are(
        "
--- shop/setup.py
from django.conf import settings
from django.db import models
from shop.models import Shop

class TaxSetting(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)

class UserSetting(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

def names():
    return [setting.shop.name for setting in TaxSetting.objects.all()]  # fires

def of_users():
    return [setting.shop.name for setting in UserSetting.objects.all()]  # fires
",
        &[Confidence::Possible, Confidence::Likely],
    );
}

#[test]
fn what_comes_with_use_is_no_configuration_whatever_its_name() {
    are(
        "
--- shop/setup.py
from django.conf import settings
from django.db import models
from shop.models import Order, Shop

class Profile(models.Model):
    login = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)

class SiteSettings(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

class SettingChange(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)

class TypedEvent(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)

class NotificationSetting(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

class PageConfig(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    profile = models.OneToOneField(Profile, models.CASCADE)

def sites():
    return [row.shop.name for row in SiteSettings.objects.all()]  # fires

def changes():
    return [row.shop.name for row in SettingChange.objects.all()]  # fires

def events():
    return [row.shop.name for row in TypedEvent.objects.all()]  # fires

def of_owners():
    return [row.shop.name for row in NotificationSetting.objects.all()]  # fires

def of_profiles():
    return [row.shop.name for row in PageConfig.objects.all()]  # fires
",
        &[
            Confidence::Possible,
            Confidence::Likely,
            Confidence::Likely,
            Confidence::Likely,
            Confidence::Likely,
        ],
    );
}

#[test]
fn a_limit_that_is_few_unless_told_is_no_growth() {
    are_in_code(
        "
def newest(limit=5):
    return [line.product.name for line in Line.objects.order_by('-pk')[:limit]]

def many(limit=500):
    return [line.product.name for line in Line.objects.order_by('-pk')[:limit]]  # fires
",
        &[Confidence::Likely],
    );
}

#[test]
fn what_is_there_is_not_asked_for() {
    are_in_code(
        "
def shown(order, known):
    found = getattr(order, 'known_shop', None)
    return found if found is not None else order.shop  # fires

def shown_or_own(order):
    return None if order.parent_id is None else order.parent.pk  # fires

def shown_or_named(line):
    return line.position if line.position else line.product.name  # fires

def all_named():
    return [shown_or_named(line) for line in Line.objects.all()]

def all_shown(known):
    return [shown(order, known) for order in Order.objects.all()]

def all_own():
    return [shown_or_own(order) for order in Order.objects.all()]
",
        &[Confidence::Possible, Confidence::Likely, Confidence::Likely],
    );
}

#[test]
fn what_a_way_before_may_have_answered_is_not_asked_of_each() {
    are(
        "
--- shop/state.py
from shop.models import Order

def is_prefetched(row, name):
    return name in row._prefetched_objects_cache

def has_parts(order):
    if is_prefetched(order, 'parts'):
        if all(is_prefetched(part, 'lines') for part in order.parts.all()):
            return True
    return order.shop.name  # fires

def states():
    return [has_parts(order) for order in Order.objects.prefetch_related('parts')]
",
        &[Confidence::Possible],
    );
}

#[test]
fn a_guard_is_no_other_way() {
    are_in_code(
        "
def guarded(order):
    if order.parent_id is None:
        return ''
    return order.parent.pk  # fires

def otherwise(order, is_short):
    if is_short:
        print(order.pk)
    else:
        return order.pk
    return order.shop.name  # fires

def told(order, known=None):
    if known:
        return known
    return order.shop.name  # fires

def all_told(orders):
    return [
        (guarded(order), otherwise(order, len(order.pk)), told(order))
        for order in Order.objects.all()
    ]
",
        &[Confidence::Likely, Confidence::Possible, Confidence::Likely],
    );
}

#[test]
fn a_command_may_take_its_time_but_for_what_grows() {
    let used = |by: &str, confidences: &[Confidence]| {
        are(
            &format!(
                "
--- shop/work.py
from shop.models import Place

def names():
    return [place.within.pk for place in Place.objects.all()]  # fires

--- shop/management/commands/tidy.py
from django.core.management.base import BaseCommand
from shop.models import Line, Place
from shop.work import names

class Command(BaseCommand):
    def handle(self, **options):
        print(names(), [place.within.within for place in Place.objects.all()])  # fires
        print([line.product.name for line in Line.objects.all()])  # fires

{by}
"
            ),
            confidences,
        );
    };
    let (possible, likely) = (Confidence::Possible, Confidence::Likely);
    used("", &[possible, possible, likely, possible]);
    used(
        "--- shop/pages.py
from shop.work import names

def page(request):
    return names()
",
        &[possible, possible, likely, likely],
    );
    let runs_it = |module: &str| {
        format!(
            "--- {module}
from django.core.management import call_command

def tidy():
    call_command('tidy', verbosity=0)
"
        )
    };
    used(&runs_it("shop/tasks.py"), &[likely; 4]);
    // What runs it may be run by nobody either.
    used(
        &runs_it("shop/management/commands/nightly.py"),
        &[possible, possible, likely, possible],
    );
}

#[test]
fn a_field_that_reads_itself_may_ask_for_nothing() {
    let shown = |method: &str, confidences: &[Confidence]| {
        are(
            &format!(
                "
--- shop/kinds.py
from django.db import models

class KindField(models.ForeignKey):
    def {method}(self, *arguments):
        return super().{method}(*arguments)

class Label(models.Model):
    kind = KindField('shop.Product', models.CASCADE)
    shop = models.ForeignKey('shop.Shop', models.CASCADE)

def names():
    return [(label.kind.name, label.shop.name) for label in Label.objects.all()]  # fires
"
            ),
            confidences,
        );
    };
    shown("__get__", &[Confidence::Likely]);
    shown("formfield", &[Confidence::Likely; 2]);
}

#[test]
fn what_is_asked_of_a_row_that_is_asked_for_each_time_is_a_part_of_more() {
    are_in_code(
        "
def last():
    for order in Order.objects.all():
        lines = [line for line in order.lines.order_by('position')]
        print(lines.pop().product.name)  # fires
        print([line.product.name for line in order.lines.order_by('position')])  # fires
        print(order.shop.name)  # fires
",
        &[Confidence::Possible, Confidence::Likely, Confidence::Likely],
    );
}

#[test]
fn a_search_ends_with_what_fits() {
    are_in_code(
        "
def first_named(name):
    for line in Line.objects.all():
        if line.product.name == name:  # fires
            return line

def all_named(name):
    found = []
    for line in Line.objects.all():
        if line.product.name == name:  # fires
            found.append(line)
    return found
",
        &[Confidence::Possible, Confidence::Likely],
    );
}

#[test]
fn no_queryset_loads_a_whole_tree() {
    are_in_code(
        "
def walk(order):
    for part in order.parts.all():  # fires
        walk(part)

def walk_all():
    for order in Order.objects.filter(parent=None):
        walk(order)
",
        &[Confidence::Possible],
    );
}

#[test]
fn a_row_is_no_number() {
    are_in_code(
        "
def name(order):
    if isinstance(order, int):
        order = Order.objects.get(pk=order)
    return order.shop.name

def names():
    return [name(order) for order in Order.objects.select_related('shop')]
",
        &[],
    );
}

#[test]
fn a_function_may_make_a_manager() {
    are(
        "
--- shop/scoped.py
from django.db import models
from packages import scoped
from shop.models import Product, Shop

def ActiveManager(**scope):
    class Active(scoped(**scope).__class__):
        def get_queryset(self):
            return super().get_queryset().filter(is_active=True)

    return Active()

class Ticket(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)
    is_active = models.BooleanField(default=True)
    objects = ActiveManager(shop='shop')

def shops():
    return [ticket.shop.name for ticket in Ticket.objects.select_related('product')]  # fires
",
        &[Confidence::Likely],
    );
}
