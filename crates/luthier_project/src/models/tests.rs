use luthier_source::Sources;

use super::Model;
use crate::Project;

fn project(settings: &str, files: &[(&str, &str)]) -> Project {
    let base = [
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        ("settings.py", settings),
        ("shop/__init__.py", ""),
    ];
    Project::from_sources(&Sources::in_memory(&[&base, files].concat()))
}

const SHOP: &str = "INSTALLED_APPS = ['shop']\n";

fn model<'p>(project: &'p Project, label: &str) -> &'p Model {
    let id = project.models.by_label(label);
    project.models.get(id.unwrap_or_else(|| panic!("{label}")))
}

fn fields(project: &Project, label: &str) -> Vec<String> {
    let model = model(project, label);
    let all = model.fields.iter().chain(&model.private_fields);
    all.map(|field| format!("{}: {:?}", field.name, field.kind))
        .collect()
}

#[test]
fn fields_added_from_outside() {
    let project = project(
        SHOP,
        &[
            (
                "shop/masks.py",
                "\
LABELS = {'colours': ['red'] * 70, 'sizes': ['s']}
names = {}
for key, labels in LABELS.items():
    i = 0
    while labels[i : i + 64]:
        names['{}_{}'.format(key, i)] = []
        i += 64
",
            ),
            (
                "shop/models.py",
                "\
from django.db import models
from .masks import names
from far.away import others

class Order(models.Model):
    pass

class Open(models.Model):
    pass

for name in names:
    field = models.BigIntegerField(default=0)
    field.contribute_to_class(Order, name)

Order.add_to_class('total', models.IntegerField())
Order.add_to_class('__str__', lambda self: '')

for name in others:
    Open.add_to_class(name, models.IntegerField())
",
            ),
        ],
    );
    assert_eq!(
        fields(&project, "shop.Order"),
        [
            "id: Auto",
            "colours_0: BigInteger",
            "colours_64: BigInteger",
            "sizes_0: BigInteger",
            "total: Integer",
        ]
    );
    assert!(!model(&project, "shop.Order").is_open);
    assert!(model(&project, "shop.Open").is_open);
}

#[test]
fn sorted_relations_have_a_column_to_sort_by() {
    let project = project(
        SHOP,
        &[(
            "shop/models.py",
            "\
from django.db import models
from sortedm2m.fields import SortedManyToManyField

class Tag(models.Model):
    pass

class Order(models.Model):
    tags = SortedManyToManyField(Tag)
    plain = SortedManyToManyField(Tag, sorted=False)
    named = SortedManyToManyField(Tag, sort_value_field_name='place')
",
        )],
    );
    let last = |label| fields(&project, label).pop().unwrap();
    assert_eq!(last("shop.Order_tags"), "sort_value: Integer");
    assert_eq!(last("shop.Order_plain"), "tag: ForeignKey");
    assert_eq!(last("shop.Order_named"), "place: Integer");
}

#[test]
fn managers_are_what_their_bases_say() {
    let project = project(
        SHOP,
        &[(
            "shop/models.py",
            "\
from django.db import models

class Base(models.Manager):
    pass

class Own(models.QuerySet):
    def as_manager(cls):
        manager = Base.from_queryset(cls)()
        return manager
    as_manager = classmethod(as_manager)

class NoManager:
    pass

class Order(models.Model):
    registry = NoManager()
    rows = Own.as_manager()
",
        )],
    );
    let order = model(&project, "shop.Order");
    let managers: Vec<_> = order
        .managers
        .iter()
        .map(|manager| (&*manager.name, manager.class.as_deref().unwrap_or("?")))
        .collect();
    assert_eq!(managers, [("rows", "django.db.models.manager.BaseFromOwn")]);
}

const BY_VENDOR: (&str, &str) = (
    "shop/models.py",
    "\
from django.db import connection, models

Extra = None

if connection.vendor == 'postgresql':
    class Entry(models.Model):
        vector = models.BinaryField()
elif connection.vendor in ('sqlite', 'mysql'):
    class Entry(models.Model):
        words = models.TextField()
    if have_extra():
        class Extra(models.Model):
            class Meta:
                abstract = True
else:
    Entry = None

class Copy(Entry):
    pass

if Extra:
    class More(Extra):
        more = models.TextField()
",
);

fn by_vendor(engine: &str) -> Project {
    let settings =
        format!("{SHOP}DATABASES = {{'default': {{'ENGINE': 'django.db.backends.{engine}'}}}}\n");
    project(&settings, &[BY_VENDOR])
}

#[test]
fn the_kind_of_database_decides() {
    let parents = |project: &Project| {
        let parent = model(project, "shop.Copy").parents[0].model;
        let fields = &project.models.get(parent).fields;
        fields.last().unwrap().name.to_string()
    };
    let sqlite = by_vendor("sqlite3");
    assert_eq!(parents(&sqlite), "words");
    assert_eq!(fields(&sqlite, "shop.More"), ["id: Auto", "more: Text"]);
    assert_eq!(parents(&by_vendor("postgresql")), "vector");
}

#[test]
fn stores_of_keys_and_values() {
    let project = project(
        SHOP,
        &[
            ("hierarkey/__init__.py", ""),
            ("hierarkey/models.py", "class Hierarkey:\n    pass\n"),
            (
                "shop/models.py",
                "\
from django.db import models
from hierarkey.models import Hierarkey

stores = Hierarkey(attribute_name='settings')

@stores.set_global(cache_namespace='global')
class Everything:
    pass

@stores.add(cache_namespace='order')
class Order(models.Model):
    pass
",
            ),
        ],
    );
    let store = ["id: Auto", "key: Char", "value: Text"];
    assert_eq!(fields(&project, "shop.Everything_SettingsStore"), store);
    let of_order = fields(&project, "shop.Order_SettingsStore");
    assert_eq!(of_order[..3], store);
    assert_eq!(of_order[3], "object: ForeignKey");
    let order = project.models.by_label("shop.Order").unwrap();
    let back = project.models.reverse(order)[0];
    let accessor = project.models.accessor(back);
    assert_eq!(accessor.as_deref(), Some("_settings_objects"));
}

#[test]
fn fields_whose_class_has_types_for_checkers() {
    let project = project(
        SHOP,
        &[(
            "shop/models.py",
            "\
from django.db import models

class Order(models.Model):
    parent = models.ForeignKey['Order', 'Order']('self', models.CASCADE)
    note = models.TextField[str, str]()
",
        )],
    );
    assert_eq!(
        fields(&project, "shop.Order"),
        ["id: Auto", "parent: ForeignKey", "note: Text"]
    );
}
