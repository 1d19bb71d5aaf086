mod fields;

use std::fmt::Write;
use std::sync::Arc;

use luthier_source::Sources;

use super::*;
use crate::Project;
use crate::django::operations::Change;
use crate::facts::FileFacts;
use crate::modules::ImportRoots;
use crate::projects::Territory;

/// One line a problem.
fn outline(files: &[(&str, &str)]) -> String {
    let sources = Sources::in_memory(files);
    let facts: Vec<FileFacts> = sources
        .iter()
        .map(|(_, file)| FileFacts::extract(file))
        .collect();
    let roots = ImportRoots::discover(&sources, &facts, Territory::alone(""), &[]);
    let modules = Modules::new(&sources, Arc::new(facts), &roots, Arc::default());
    let own: Vec<ModuleId> = sources
        .iter()
        .filter_map(|(id, _)| modules.of_file(id))
        .collect();
    let packages = [("shop.migrations", "shop"), ("crm.migrations", "customers")];
    let packages = packages.map(|(dotted, label)| (dotted.into(), label.into()));
    let around = Surroundings {
        modules: Arc::new(modules),
        own,
        apps: Arc::default(),
        packages: packages.into(),
        models: Arc::default(),
        configured: Arc::default(),
    };
    let migrations = Migrations::link(around, (None, &sources));
    let name = |id: MigrationId| {
        let migration = migrations.get(id);
        format!("{}.{}", migration.app, migration.name)
    };
    let names = |ids: &[MigrationId]| ids.iter().map(|&id| name(id)).collect::<Vec<_>>().join(" ");
    let mut text = format!("{} migrations\n", migrations.all().len());
    for app in ["shop", "customers"] {
        if migrations.spare_locks(app) {
            let _ = writeln!(text, "{app} spares locks");
        }
    }
    for conflict in &migrations.conflicts {
        let _ = writeln!(
            text,
            "conflict in {}: {}",
            conflict.app,
            names(&conflict.leaves)
        );
        if let Some(clash) = migrations.clash(conflict) {
            let (one, other) = (name(clash.one.migration), name(clash.other.migration));
            let about = clash.over.describe();
            let _ = writeln!(text, "{one} and {other} are about {about}");
        }
    }
    for missing in &migrations.missing {
        let reference = &missing.reference;
        let _ = writeln!(
            text,
            "{} misses {}.{}",
            name(missing.from),
            reference.app,
            reference.name
        );
    }
    for circle in &migrations.circles {
        let _ = writeln!(text, "circle: {}", names(circle));
    }
    text
}

fn migration(body: &str) -> String {
    format!(
        "from django.db import migrations, models\nclass Migration(migrations.Migration):\n    {}\n",
        body.replace('\n', "\n    ")
    )
}

fn check(migrations: &[(&str, &str)], expected: &str) {
    assert_eq!(outlined(migrations), expected);
}

fn outlined(migrations: &[(&str, &str)]) -> String {
    let mut files = vec![
        ("shop/__init__.py".to_owned(), String::new()),
        ("shop/migrations/__init__.py".to_owned(), String::new()),
        ("crm/__init__.py".to_owned(), String::new()),
        ("crm/migrations/__init__.py".to_owned(), String::new()),
        (
            "shop/migrations/helpers.py".to_owned(),
            "x = 1\n".to_owned(),
        ),
    ];
    for (path, body) in migrations {
        let (app, name) = path.split_once('/').unwrap();
        files.push((format!("{app}/migrations/{name}.py"), migration(body)));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    outline(&files)
}

#[test]
fn a_line_of_migrations_is_sound() {
    check(
        &[
            (
                "shop/0001_initial",
                "initial = True\ndependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('auth', '0012_x')]",
            ),
            (
                "shop/0002_more",
                "dependencies = [('shop', '0001_initial'), ('customers', '__first__')]",
            ),
            ("crm/0001_initial", ""),
        ],
        "3 migrations\n",
    );
}

#[test]
fn ends_clash_over_what_both_change_or_one_needs() {
    const FIRST: &str = "operations = [\n    migrations.CreateModel('Order', [('id', models.AutoField(primary_key=True)), ('total', models.IntegerField())]),\n    migrations.CreateModel('Customer', [('id', models.AutoField(primary_key=True))]),\n]";
    let clash = |one: &str, other: &str| {
        let body = |operation: &str| {
            format!("dependencies = [('shop', '0001_initial')]\noperations = [{operation}]")
        };
        let (one, other) = (body(one), body(other));
        let files = [
            ("shop/0001_initial", FIRST),
            ("shop/0002_a", &one),
            ("shop/0002_b", &other),
        ];
        let found = outlined(&files);
        let about = found.split(" are about ").nth(1).unwrap_or("").trim_end();
        about.to_owned()
    };
    let add = "migrations.AddField('order', 'note', models.TextField())";
    let alter = "migrations.AlterField('order', 'total', models.FloatField())";
    let index = "migrations.AddIndex('order', models.Index(fields=['-total'], name='by_total'))";
    let key =
        "migrations.AddField('order', 'by', models.ForeignKey('shop.Customer', models.CASCADE))";
    let run = "migrations.RunPython(migrations.RunPython.noop)";
    let options = "migrations.AlterModelOptions('order', {'ordering': ['id']})";
    for (one, other, about) in [
        (add, alter, ""),
        (add, index, ""),
        (add, add, "field note of order"),
        (alter, index, "field total of order"),
        (
            key,
            "migrations.AddField('customer', 'name', models.TextField())",
            "",
        ),
        (key, "migrations.DeleteModel('Customer')", "model customer"),
        (index, "migrations.DeleteModel('Order')", "model order"),
        (options, options, "the options of order"),
        (options, add, ""),
        (run, add, "code or SQL"),
        (run, "", ""),
    ] {
        assert_eq!(clash(one, other), about, "{one} beside {other}");
        assert_eq!(clash(other, one), about, "{other} beside {one}");
    }
}

#[test]
fn two_ends_are_a_conflict_unless_something_was_not_understood() {
    let one = ("shop/0001_initial", "");
    let two = ("shop/0002_a", "dependencies = [('shop', '0001_initial')]");
    let other = ("shop/0002_b", "dependencies = [('shop', '0001_initial')]");
    check(
        &[one, two, other],
        "3 migrations\nconflict in shop: shop.0002_a shop.0002_b\n",
    );
    let merge = (
        "shop/0003_merge",
        "dependencies = [('shop', '0002_a'), ('shop', '0002_b')]",
    );
    check(&[one, two, other, merge], "4 migrations\n");
    let unclear = ("shop/0003_x", "dependencies = parents()");
    check(&[one, two, other, unclear], "4 migrations\n");
    let from_elsewhere = ("crm/0001_initial", "dependencies = [('shop', '0002_a')]");
    check(
        &[one, two, other, from_elsewhere],
        "4 migrations\nconflict in shop: shop.0002_a shop.0002_b\n",
    );
    let before = (
        "shop/0002_b",
        "run_before = [('shop', '0002_a')]\ndependencies = [('shop', '0001_initial')]",
    );
    check(&[one, two, before], "3 migrations\n");
}

#[test]
fn a_squashed_migration_stands_for_what_it_replaces() {
    let squashed = (
        "shop/0001_squashed_0002",
        "replaces = [('shop', '0001_initial'), ('shop', '0002_a')]",
    );
    let later = ("shop/0003_b", "dependencies = [('shop', '0002_a')]");
    check(&[squashed, later], "2 migrations\n");
    check(
        &[
            squashed,
            later,
            ("shop/0001_initial", ""),
            ("shop/0002_a", "dependencies = [('shop', '0001_initial')]"),
        ],
        "4 migrations\n",
    );
}

#[test]
fn a_label_that_was_only_assumed_is_taken_from_the_migrations() {
    check(
        &[
            (
                "shop/0001_initial",
                "dependencies = [('auth', '0001_initial')]",
            ),
            ("shop/0002_a", "dependencies = [('store', '0001_initial')]"),
            ("shop/0003_b", "dependencies = [('store', '0002_a')]"),
            ("crm/0001_initial", "dependencies = [('store', '0003_b')]"),
        ],
        "4 migrations\n",
    );
    // No migration depends on itself.
    check(
        &[
            ("shop/0001_initial", ""),
            (
                "crm/0001_initial",
                "dependencies = [('shop', '0001_initial')]",
            ),
        ],
        "2 migrations\n",
    );
}

#[test]
fn what_is_not_there_and_circles_are_told() {
    check(
        &[
            (
                "shop/0002_a",
                "dependencies = [('shop', '0001_gone'), ('sites', '0009_gone')]",
            ),
            ("crm/0001_a", "dependencies = [('customers', '0002_b')]"),
            ("crm/0002_b", "dependencies = [('customers', '0001_a')]"),
        ],
        "3 migrations\nshop.0002_a misses shop.0001_gone\n\
         circle: customers.0001_a customers.0002_b\n",
    );
}

#[test]
fn a_file_whose_name_has_a_space_is_a_migration() {
    let first = migration("dependencies = []");
    let second = migration("dependencies = [('shop', '0001_initial')]");
    let third = migration("dependencies = [('shop', '0002_fill and clean')]");
    let files = [
        ("shop/__init__.py", ""),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", &*first),
        ("shop/migrations/0002_fill and clean.py", &*second),
        ("shop/migrations/0003_total.py", &*third),
        // One with a dot cannot be imported.
        ("shop/migrations/0002_fill.old.py", &*second),
    ];
    assert_eq!(outline(&files), "3 migrations\n");
}

#[test]
fn migrations_that_spare_locks_are_known() {
    let concurrent = "from django.db import migrations\nfrom django.contrib.postgres.operations import AddIndexConcurrently\n\
        class Migration(migrations.Migration):\n    atomic = False\n    operations = [AddIndexConcurrently('line', index)]\n";
    let sql = migration(
        "operations = [migrations.RunSQL('CREATE INDEX CONCURRENTLY a ON shop_line (b)')]",
    );
    let plain = migration(
        "dependencies = [('shop', '0001_initial')]\noperations = [migrations.AddIndex('line', index)]",
    );
    let of = |text: &str| {
        outline(&[
            ("shop/__init__.py", ""),
            ("shop/migrations/__init__.py", ""),
            ("shop/migrations/0001_initial.py", text),
            ("shop/migrations/0002_more.py", &plain),
        ])
    };
    assert_eq!(of(concurrent), "2 migrations\nshop spares locks\n");
    assert_eq!(of(&sql), "2 migrations\nshop spares locks\n");
    let first = migration("dependencies = []");
    assert_eq!(of(&first), "2 migrations\n");
}

/// What `makemigrations` would write for an app `shop` with these models, after a first migration
/// with these operations.
fn drift(models: &str, operations: &str) -> String {
    drift_with(models, operations, &[])
}

/// The same with further files.
fn drift_with(models: &str, operations: &str, further: &[(&str, &str)]) -> String {
    let migration = format!(
        "from django.db import migrations, models\nimport shop.models\n\n\nclass Migration(migrations.Migration):\n    operations = [{operations}]\n"
    );
    let models = format!("from django.db import models\n\n\n{models}");
    let files = [
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        (
            "settings.py",
            "INSTALLED_APPS = ['shop']\nDEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n",
        ),
        ("shop/__init__.py", ""),
        ("shop/models.py", &models),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", &migration),
    ];
    let files = [&files, further].concat();
    let project = crate::Project::from_sources(&Sources::in_memory(&files));
    let drift = project.migrations.drift();
    let mut text = String::new();
    for app in &drift.apps {
        for operation in app.operations() {
            let _ = writeln!(text, "{}", operation.describe());
        }
    }
    for unjudged in &drift.unjudged {
        let _ = writeln!(text, "not judged: {}", unjudged.what);
    }
    text
}

const ORDER: &str = "migrations.CreateModel('Order', [('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')), ('name', models.CharField(max_length=10))])";

#[test]
fn what_a_custom_field_leaves_out_is_no_difference() {
    let models = "\
class Name(models.CharField):
    def __init__(self, *args, shown=False, **kwargs):
        kwargs['max_length'] = 10
        self.shown = shown
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs['max_length']
        if self.shown:
            kwargs['shown'] = self.shown
        return name, path, args, kwargs


class Order(models.Model):
    name = Name(SHOWN)
";
    let created = ORDER.replace("models.CharField(max_length=10)", "shop.models.Name()");
    assert_eq!(drift(&models.replace("SHOWN", ""), &created), "");
    assert_eq!(
        drift(&models.replace("SHOWN", "shown=True"), &created),
        "Alter field name on order\n"
    );
}

#[test]
fn a_key_of_an_unknown_class_leaves_no_other_to_be_added() {
    let models = "\
from annoying.fields import AutoOneToOneField


class Order(models.Model):
    customer = AutoOneToOneField('auth.User', models.CASCADE, primary_key=True)
    name = models.CharField(max_length=10)
";
    let key = "('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))";
    let created = ORDER.replace(
        key,
        "('customer', annoying.fields.AutoOneToOneField(to='auth.user', on_delete=models.CASCADE, primary_key=True, serialize=False))",
    );
    assert_eq!(
        drift(models, &created),
        "not judged: Order: whether customer is gone\n"
    );
}

#[test]
fn a_field_that_is_changed_afterwards_may_be_the_same() {
    let models = "\
class Named(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        abstract = True


class Order(Named):
    pass


Order._meta.get_field('name').max_length = 10
";
    assert_eq!(
        drift(models, ORDER),
        "not judged: Order: whether name is still the same\n"
    );
}

#[test]
fn what_only_settings_or_functions_know_is_no_difference() {
    let models = "\
from django.conf import settings
from django.utils.text import format_lazy


class Order(models.Model):
    name = models.CharField(max_length=10, default=settings.SHOP_NAME, help_text=format_lazy('{} {}', 'A', 'B'))
";
    let created = ORDER.replace("10)", "10, default='shop', help_text='A B')");
    assert_eq!(
        drift(models, &created),
        "not judged: Order: whether name is still the same\n"
    );
}

#[test]
fn what_may_come_to_the_usual_is_no_difference() {
    let models = "\
from django.conf import settings
from django.core.validators import validate_slug

WORDS = []
for word in dir(settings):
    WORDS.append(word)

KINDS = (('a', 'A'),)
if settings.HAS_MORE_KINDS:
    KINDS += (('b', 'B'),)


class computed:
    pass


class State:
    OPEN = 'open'

    @computed
    def choices(cls):
        return [(cls.OPEN, 'Open')]


class Order(models.Model):
    name = models.CharField(max_length=10, GIVEN)
";
    let of = |model: &str, migrated: &str| {
        let created = ORDER.replace("10)", &format!("10, {migrated})"));
        drift(&models.replace("GIVEN", model), &created)
    };
    let unjudged = "not judged: Order: whether name is still the same\n";
    assert_eq!(
        of(
            "help_text='words: ' + ', '.join(WORDS)",
            "help_text='words: a'"
        ),
        unjudged
    );
    assert_eq!(
        of("choices=KINDS", "choices=[('a', 'A'), ('b', 'B')]"),
        unjudged
    );
    assert_eq!(
        of("choices=State.choices", "choices=[('open', 'Open')]"),
        unjudged
    );
    let slug = "validators=[django.core.validators.RegexValidator('^[-a-zA-Z0-9_]+$')]";
    assert_eq!(of("validators=[validate_slug]", slug), unjudged);
    // An option that may be the one which Django leaves out.
    assert_eq!(of("blank=getattr(settings, 'BLANK', False)", ""), unjudged);
    assert_eq!(of("help_text='a'", ""), "Alter field name on order\n");
}

#[test]
fn the_meta_of_a_model_with_a_table_is_that_of_its_abstract_base() {
    let models = "\
class Named(models.Model):
    name = models.CharField(max_length=10)

    class Meta:
        abstract = True
        verbose_name = 'named'


class Order(Named):
    class Meta:
        verbose_name = 'order'


class Refund(Order):
    class Meta(Order.Meta):
        pass
";
    let order = ORDER.replace("10))]", "10))], options={'verbose_name': 'order'}");
    let refund = "migrations.CreateModel('Refund', [('order_ptr', models.OneToOneField(auto_created=True, on_delete=models.CASCADE, parent_link=True, primary_key=True, serialize=False, to='shop.order'))], options={'verbose_name': 'VERBOSE'}, bases=('shop.order',))";
    let of = |name: &str| {
        drift(
            models,
            &format!("{order}, {}", refund.replace("VERBOSE", name)),
        )
    };
    assert_eq!(of("named"), "");
    assert_eq!(of("order"), "Change Meta options on refund\n");
}

#[test]
fn history_is_kept_by_a_class_of_ones_own_too() {
    let models = "\
from simple_history.models import HistoricalRecords


class Records(HistoricalRecords):
    def post_save(self, instance, created, **kwargs):
        super().post_save(instance, created, **kwargs)


class Order(models.Model):
    name = models.CharField(max_length=10)
    history = Records()
";
    let historical = "migrations.CreateModel('HistoricalOrder', [('history_id', models.AutoField(primary_key=True, serialize=False))])";
    let drift = drift(models, &format!("{ORDER}, {historical}"));
    assert!(!drift.contains("Delete model"), "{drift}");
}

#[test]
fn constants_of_a_class_are_no_members_because_it_is_called_choices() {
    // Each names all others: taken for members, they would be worked out over and over.
    let models = "\
class Choices:
    pass


class Status(Choices):
    A = 'a'
    B = 'b'
    C = 'c'
    D = 'd'
    nexts = {A: (B, C, D), B: (A, C, D), C: (A, B, D), D: (A, B, C)}


class Kind(models.TextChoices):
    A = 'a'
    B = A + 'b'


class Order(models.Model):
    name = models.CharField(max_length=10, default=Status.A, choices=Kind.choices)
";
    let created = ORDER.replace("10)", "10, default='a', choices=[('a', 'A'), ('ab', 'B')])");
    assert_eq!(drift(models, &created), "");
}

#[test]
fn models_that_an_app_takes_in_by_name_may_be_there() {
    let models = "\
from .benefits import *


class Order(models.Model):
    name = models.CharField(max_length=10)
";
    let proxy =
        "migrations.CreateModel('Benefit', [], options={'proxy': True}, bases=('shop.order',))";
    let benefits = "\
from shop.loading import get_model

Order = get_model('shop', 'Order')


class Benefit(Order):
    class Meta:
        proxy = True
";
    assert_eq!(
        drift_with(
            models,
            &format!("{ORDER}, {proxy}"),
            &[("shop/benefits.py", benefits)]
        ),
        "not judged: Benefit: whether it is gone\n"
    );
}

#[test]
fn an_operation_that_is_not_understood_leaves_its_app_unjudged() {
    let models = "class Order(models.Model):\n    name = models.CharField(max_length=20)\n";
    assert_eq!(drift(models, ORDER), "Alter field name on order\n");
    let unknown = format!("{ORDER}, tools.Widen('order', 'name')");
    assert_eq!(
        drift(models, &unknown),
        "not judged: an operation of its migrations is not understood\n"
    );
}

#[test]
fn a_field_of_an_unknown_class_is_not_taken_for_gone() {
    let models = "from money.fields import Price\n\n\nclass Order(models.Model):\n    name = Price(max_length=10)\n";
    assert_eq!(
        drift(models, ORDER),
        "not judged: Order: whether name is gone\n"
    );
}

#[test]
fn numbers_are_equal_however_they_are_written() {
    let number = |text: &str| Value::Number(text.into());
    assert_eq!(number("1.50").same(&number("1.5")), Some(true));
    assert_eq!(number("1e3").same(&Value::Int(1000)), Some(true));
    assert_eq!(number("0.0").same(&Value::Int(0)), Some(true));
    assert_eq!(number("1.5").same(&number("1.51")), Some(false));
    assert_eq!(number("1j").same(&number("1")), None);
}

/// How many migrations a project with these settings misses, whose one migration depends on
/// another app's.
fn missing(settings: &str, name: &str) -> usize {
    let first = migration(&format!("dependencies = [('people', '{name}')]"));
    let project = crate::Project::from_sources(&Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        ("settings.py", settings),
        ("shop/__init__.py", ""),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", &first),
        ("people/__init__.py", ""),
        (
            "people/models.py",
            "from django.db import models\n\n\nclass Person(models.Model):\n    pass\n",
        ),
    ]));
    project.migrations.missing.len()
}

#[test]
fn an_app_without_migrations_has_none_to_depend_on() {
    let installed = "INSTALLED_APPS = ['shop', 'people']\n";
    assert_eq!(missing(installed, "0001_initial"), 1);
    assert_eq!(missing(installed, "__first__"), 0);
    let switched_off = format!("{installed}MIGRATION_MODULES = {{'people': None}}\n");
    assert_eq!(missing(&switched_off, "0001_initial"), 1);
    let elsewhere = format!("{installed}MIGRATION_MODULES = {{'people': 'far.migrations'}}\n");
    assert_eq!(missing(&elsewhere, "0001_initial"), 0);
}

#[test]
fn an_app_is_only_missed_where_all_labels_are_known() {
    assert_eq!(missing("INSTALLED_APPS = ['shop']\n", "__first__"), 1);
    // Its configuration may give itself any label.
    let with_unknown = "INSTALLED_APPS = ['shop', 'somewhere.else']\n";
    assert_eq!(missing(with_unknown, "0001_initial"), 0);
    let computed = "INSTALLED_APPS = ['shop'] + more()\n";
    assert_eq!(missing(computed, "0001_initial"), 0);
}

#[test]
fn an_altered_key_knows_what_leads_to_it() {
    let initial = "\
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel('Tag', [('id', models.AutoField(primary_key=True))]),
        migrations.CreateModel(
            'Order',
            [
                ('id', models.AutoField(primary_key=True)),
                ('number', models.IntegerField(unique=True)),
                ('parent', models.ForeignKey('self', models.CASCADE, null=True)),
                ('tags', models.ManyToManyField('shop.tag')),
            ],
        ),
        migrations.CreateModel(
            'Line',
            [
                ('id', models.AutoField(primary_key=True)),
                ('order', models.ForeignKey('shop.order', models.CASCADE)),
                ('of', models.ForeignKey('shop.order', models.CASCADE, to_field='number')),
                ('loose', models.ForeignKey('shop.order', models.CASCADE, db_constraint=False)),
            ],
        ),
        migrations.AlterField('order', 'id', models.BigAutoField(primary_key=True)),
        migrations.AlterField('order', 'number', models.BigIntegerField(unique=True)),
        migrations.AlterField('line', 'order', models.ForeignKey('shop.order', models.CASCADE)),
        migrations.AlterOrderWithRespectTo('line', 'order'),
        migrations.AlterOrderWithRespectTo('line', None),
    ]
";
    let project = Project::from_sources(&Sources::in_memory(&[
        ("settings.py", "INSTALLED_APPS = ['shop']\n"),
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        ("shop/__init__.py", ""),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", initial),
    ]));
    let applied = project.migrations.applied().iter();
    let changes = applied.map(|applied| applied.changes(&project.modules).unwrap());
    let shown: Vec<String> = changes
        .flatten()
        .map(|change| match change {
            Change::AlterColumn(it) => {
                format!("{} referenced by {}", it.to.name, it.referenced_by)
            }
            Change::AddColumn(column) => format!("adds {}", column.name),
            Change::DropColumn(column) => format!("drops {}", column.name),
            _ => "makes a table".to_owned(),
        })
        .filter(|change| change != "makes a table")
        .collect();
    assert_eq!(
        shown,
        [
            // By `Line.order` and by the table between `Order` and `Tag`.
            "id referenced by 2",
            "number referenced by 1",
            "order_id referenced by 0",
            "adds _order",
            "drops _order",
        ]
    );
}
