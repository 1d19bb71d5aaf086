//! What tells two fields apart, measured with Django 3.2 and 5.2.

use luthier_source::Sources;

use super::{ORDER, drift, drift_with};
use crate::Project;
use crate::django::operations::Change;

/// The field of the code is copied, and gets the validator twice.
#[test]
fn what_a_constructor_adds_to_its_list_is_added_to_the_copy_as_well() {
    let models = "\
def whole(value):
    pass


def small(value):
    pass


class Name(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs['validators'] = [whole] + kwargs.get('validators', [])
        super().__init__(*args, **kwargs)


class Order(models.Model):
    name = Name(max_length=10, validators=[small])
";
    let made = ORDER.replace("models.CharField(", "shop.models.Name(validators=[], ");
    let written = |validators: &str| {
        let written = made.replace("validators=[]", &format!("validators=[{validators}]"));
        drift(models, &written)
    };
    assert_eq!(written("shop.models.whole, shop.models.small"), "");
    let altered = "Alter field name on order\n";
    assert_eq!(written("shop.models.small"), altered);
}

/// What a foreign key and a many-to-many relation, both with `related_name="+"`, differ in from a migration
/// that has these of them.
fn hidden(key: &str, many: &str, release: &str) -> String {
    let models = "\
class Tag(models.Model):
    pass


class Order(models.Model):
    tag = models.ForeignKey(Tag, models.CASCADE, related_name='+')
    tags = models.ManyToManyField(Tag, related_name='+')
";
    let id = "('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))";
    let written = format!(
        "migrations.CreateModel('Tag', [{id}]), migrations.CreateModel('Order', [{id}, \
         ('tag', models.ForeignKey(on_delete=models.CASCADE, to='shop.tag', {key})), \
         ('tags', models.ManyToManyField(to='shop.tag', {many}))])"
    );
    drift_with(models, &written, &[("requirements.txt", release)])
}

#[test]
fn a_hidden_way_back_is_a_name_like_any_other() {
    const HIDDEN: &str = "related_name='+'";
    let altered = |names: &[&str]| -> String {
        let lines = names
            .iter()
            .map(|it| format!("Alter field {it} on order\n"));
        lines.collect()
    };
    let now = "django==5.2.1";
    assert_eq!(hidden(HIDDEN, HIDDEN, now), "");
    assert_eq!(hidden("", HIDDEN, now), altered(&["tag"]));
    assert_eq!(hidden(HIDDEN, "", now), altered(&["tags"]));
    let other = "related_name='x+'";
    assert_eq!(hidden(other, other, now), altered(&["tag", "tags"]));
    // What older releases wrote; whether it is the same hangs on the release.
    let in_full = "related_name='_shop_order_tags_+'";
    assert_eq!(hidden(HIDDEN, in_full, now), altered(&["tags"]));
    assert_eq!(hidden(HIDDEN, in_full, ""), "");
}

/// Whether a foreign key is dropped and made anew where a second operation makes it this.
fn is_made_anew(key: &str) -> bool {
    let models = "\
class Key(models.ForeignKey):
    pass


class Order(models.Model):
    before = models.ForeignKey('self', models.CASCADE, null=True)
";
    let migration = format!(
        "from django.db import migrations, models\nimport shop.models\n\n\nclass Migration(migrations.Migration):\n    operations = [\n        \
         migrations.CreateModel('Order', [('id', models.AutoField(primary_key=True)), ('before', models.ForeignKey('shop.order', models.CASCADE, null=True))]),\n        \
         migrations.AlterField('order', 'before', {key}),\n    ]\n"
    );
    let models = format!("from django.db import models\n\n\n{models}");
    let project = Project::from_sources(&Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        ("settings.py", "INSTALLED_APPS = ['shop']\n"),
        ("shop/__init__.py", ""),
        ("shop/models.py", &models),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", &migration),
    ]));
    let applied = project.migrations.applied().last().expect("there are two");
    let changes = applied.changes(&project.modules).expect("both are known");
    matches!(&changes[..], [Change::AlterColumn(it)] if it.differs)
}

#[test]
fn a_foreign_key_of_another_class_is_made_anew() {
    let same = "models.ForeignKey('shop.order', models.PROTECT, null=True, related_name='after')";
    assert!(!is_made_anew(same));
    assert!(!is_made_anew(
        "models.ForeignKey('shop.order', models.CASCADE, null=True, to_field='id')"
    ));
    assert!(is_made_anew(
        "shop.models.Key('shop.order', models.CASCADE, null=True)"
    ));
}
