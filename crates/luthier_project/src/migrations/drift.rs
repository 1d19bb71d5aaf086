//! Where models and migrations have come apart: what `makemigrations --check` says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::applied::{self, Transition};
use super::current::current;
use super::detect::{Detected, Detector, Unjudged};
use super::exact::Exact;
use super::operation::{Operation, Step};
use super::state::{ModelKey, ProjectState};
use super::{MigrationId, Migrations, Surroundings};
use crate::constant::Constant;
use crate::facts::ExprRef;
use crate::facts::ir::BindingKind;
use crate::models::{FieldReader, ModelGraph};
use crate::modules::{ClassRef, Definition, ModuleId, Modules};

/// What `makemigrations` would write, and what could not be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// By label.
    pub apps: Vec<AppDrift>,
    pub unjudged: Vec<Unjudged>,
    /// Whether `makemigrations` is another command than Django's, the project's own or that of a product
    /// which the project extends: what that leaves out is its own affair.
    pub has_other_command: bool,
}

/// What one app lacks.
#[derive(Clone, Debug, PartialEq)]
pub struct AppDrift {
    pub app: Arc<str>,
    /// Migration after migration, the operations of each.
    pub migrations: Vec<Vec<Operation>>,
    /// The same, each with the models around it.
    pub transitions: Vec<Transition>,
    /// The last migration that the app has.
    pub after: Option<MigrationId>,
}

impl AppDrift {
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.migrations.iter().flatten()
    }
}

/// One app of the project whose models have migrations.
struct MigratedApp {
    label: Arc<str>,
    /// Dotted.
    package: Arc<str>,
}

/// The apps that have a package of migrations, even an empty one, by label.
fn migrated(migrations: &Migrations, around: &Surroundings) -> Vec<MigratedApp> {
    let Surroundings {
        modules,
        apps,
        packages,
        models,
        ..
    } = around;
    let with_models: BTreeSet<&Arc<str>> = models
        .registered()
        .map(|(_, model)| &model.app_label)
        .collect();
    let mut migrated: Vec<MigratedApp> = packages
        .iter()
        .filter(|(package, label)| {
            let module = modules.find(package).map(|id| modules.get(id));
            let is_package = module.is_some_and(|it| it.is_package && it.file.is_some());
            // Labels of apps that no settings name are guessed: their migrations bear them out.
            let is_borne_out = || {
                let mut all = migrations.all.iter();
                with_models.contains(label) && all.any(|it| it.app == *label)
            };
            let is_listed = apps.by_label(label).is_some_and(|app| app.is_listed);
            is_package && (is_listed || is_borne_out())
        })
        .map(|(package, label)| MigratedApp {
            label: Arc::clone(label),
            package: Arc::clone(package),
        })
        .collect();
    migrated.sort_by(|one, two| one.label.cmp(&two.label));
    migrated
}

/// What the migrations, which leave `old`, lack of the models of these apps.
pub(super) fn compare(
    migrations: &Migrations,
    mut old: ProjectState,
    around: &Surroundings,
) -> Drift {
    let Surroundings {
        own, apps, models, ..
    } = around;
    let exact = around.exact();
    let Exact { modules, settings } = exact;
    let elsewhere = settings.get("MIGRATION_MODULES");
    let are_located = elsewhere.is_none_or(|set| matches!(set, Constant::Dict(_)));
    // An object in place of the dict mostly switches all migrations off, as tests like it.
    if !migrations.circles.is_empty() || !are_located {
        return Drift::default();
    }
    let migrated = migrated(migrations, around);
    let labels: BTreeSet<Arc<str>> = migrated.iter().map(|app| Arc::clone(&app.label)).collect();
    let reader = FieldReader::new(modules, settings);
    let new = current(exact, &reader, models, &labels);
    old.models.retain(|(app, _), _| labels.contains(app));
    let is_hidden = |key: &ModelKey, name: &str| {
        let id = models.by_label(&format!("{}.{}", key.0, key.1));
        let Some(class) = id.and_then(|id| models.get(id).class) else {
            return false;
        };
        // A call of something that may be a class of fields.
        match modules.class_member(class, name) {
            Definition::Value(value) => {
                let made = modules.value(value);
                made.as_call().is_some() && reader.field(value.module, made).is_none()
            }
            _ => false,
        }
    };
    let is_made = |app: &Arc<str>, name: &str| {
        let Some(app) = apps.by_label(app) else {
            return false;
        };
        // What an app of its own is asked for by may come from anywhere: `from .benefits import *`.
        let is_bound = |module: ModuleId| {
            modules.facts(module).module().binding(name).is_some()
                || !matches!(modules.member(module, name), Definition::Unknown)
        };
        let of_app = |module: &ModuleId| {
            let around = apps.containing(&modules.get(*module).name);
            around.is_some_and(|around| around.name == app.name)
        };
        app.models_module.is_some_and(is_bound)
            || own.iter().copied().filter(of_app).any(|module| {
                has_unknown_class(modules, models, module, name)
                    || makes_classes(modules, models, module)
            })
    };
    let version = settings.django.unwrap_or((5, 2));
    let detector = Detector::new(exact, version, &old, &new, &is_hidden, &is_made);
    let Detected {
        migrations: found,
        mut unjudged,
    } = detector.detect();
    let leaves = leaves(migrations);
    let conflicting: BTreeSet<&Arc<str>> = migrations
        .conflicts
        .iter()
        .map(|conflict| &conflict.app)
        .collect();
    let mut drifted = Vec::new();
    for (app, written) in found {
        let is_begun = leaves.contains_key(&app) || {
            let mut migrated = migrated.iter();
            migrated.any(|it| it.label == app && !has_other_files(modules, own, &it.package))
        };
        if conflicting.contains(&app) || !is_begun {
            continue;
        }
        if let Some(why) = migrations.not_replayed(&app, &old) {
            unjudged.push(Unjudged {
                app: Arc::clone(&app),
                what: why,
            });
            continue;
        }
        let steps = written.iter().flatten().map(|operation| {
            let operation = operation.clone();
            Arc::new(Step {
                operation,
                place: None,
                is_overridden: false,
                changes_more: false,
            })
        });
        let steps: Vec<Arc<Step>> = steps.collect();
        drifted.push(AppDrift {
            transitions: applied::run(&app, &steps, &mut old.clone(), exact),
            after: leaves.get(&app).copied(),
            migrations: written,
            app,
        });
    }
    unjudged.sort();
    unjudged.dedup();
    Drift {
        apps: drifted,
        unjudged,
        has_other_command: has_other_command(modules, own),
    }
}

/// Whether a module has a class of this name that rests on something which is not known: it may be a
/// model all the same.
fn has_unknown_class(modules: &Modules, models: &ModelGraph, module: ModuleId, name: &str) -> bool {
    let body = modules.facts(module).module();
    let Some(BindingKind::Class(class)) = body.binding(name).map(|binding| binding.kind) else {
        return false;
    };
    let class = ClassRef { module, class };
    models.by_class(class).is_none() && !modules.mro(class).is_complete()
}

/// Whether a module makes models whose names no class statement says: `type(name, (Payment,), {..})`.
fn makes_classes(modules: &Modules, models: &ModelGraph, module: ModuleId) -> bool {
    let facts = modules.facts(module);
    let is_model = |base: ExprRef<'_>| match modules.resolve_expr(module, base) {
        Definition::Class(class) => models.by_class(class).is_some(),
        _ => false,
    };
    let mut bodies = facts.body_ids().map(|id| facts.body(id));
    bodies.any(|body| {
        let mut calls = body.exprs().filter_map(ExprRef::as_call);
        calls.any(|call| {
            let bases = call.positional().nth(1);
            call.callee.as_name() == Some("type")
                && call.positional().count() == 3
                && bases.is_some_and(|bases| {
                    bases.elements().is_some_and(|mut each| each.any(is_model))
                })
        })
    })
}

/// Whether a package without migrations has other modules: Django takes the app for one that does
/// not want any (`NonInteractiveMigrationQuestioner.ask_initial`).
fn has_other_files(modules: &Modules, own: &[ModuleId], package: &str) -> bool {
    own.iter().any(|&module| {
        let module = modules.get(module);
        let below = module.name.strip_prefix(package);
        let name = below.and_then(|below| below.strip_prefix('.'));
        name.is_some_and(|name| !name.contains('.')) && !module.is_package
    })
}

/// Products with a `makemigrations` of their own that is in force wherever their plugins run: it takes no
/// notice of labels, help texts and choices (NetBox 4.4, Nautobot 2.4).
const PRODUCTS: &[&str] = &["nautobot", "netbox"];

/// Whether something stands in for Django's command.
fn has_other_command(modules: &Modules, own: &[ModuleId]) -> bool {
    let extends_product = |module: ModuleId| {
        let facts = modules.facts(module);
        let mut absolute = facts.imports.iter().filter(|import| import.level == 0);
        absolute.any(|import| {
            let head = facts.text(import.module).split('.').next();
            head.is_some_and(|head| PRODUCTS.contains(&head))
        })
    };
    own.iter().any(|&module| {
        let name = &modules.get(module).name;
        name.ends_with(".management.commands.makemigrations") || extends_product(module)
    })
}

/// The last migration of each app.
fn leaves(migrations: &Migrations) -> BTreeMap<Arc<str>, MigrationId> {
    let by_app = applied::by_app(migrations).into_iter();
    let last = by_app.filter_map(|(app, ids)| Some((Arc::clone(app), *ids.last()?)));
    last.collect()
}

impl Migrations {
    /// Why the models that an app's migrations come to are not known.
    fn not_replayed(&self, app: &Arc<str>, state: &ProjectState) -> Option<String> {
        let mut own = self.in_order().filter(|(_, it)| it.app == *app);
        if let Some((_, migration)) = own.find(|(id, it)| self.does_more(*id) || it.is_open) {
            return Some(format!(
                "migration {} is not all understood",
                migration.name
            ));
        }
        let is_open = state.open.contains(app);
        is_open.then(|| "an operation of its migrations is not understood".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use luthier_source::Sources;

    use crate::Project;

    /// What `makemigrations` would write for an app `shop` of which these are the models and the only
    /// migration, in a repository without settings.
    fn drift(models: &str, migration: &str, further: &[(&str, &str)]) -> Vec<String> {
        let models = format!("from django.db import models\n{models}");
        let files = [
            ("shop/__init__.py", ""),
            ("shop/models.py", &models),
            ("shop/migrations/__init__.py", ""),
            ("shop/migrations/0001_initial.py", migration),
        ];
        let files = [&files, further].concat();
        let project = Project::from_sources(&Sources::in_memory(&files));
        let apps = project.migrations.drift().apps.iter();
        let operations = apps.flat_map(super::AppDrift::operations);
        operations.map(super::Operation::describe).collect()
    }

    fn order(fields: &str) -> String {
        format!(
            "from django.db import migrations, models\n\n\
             class Migration(migrations.Migration):\n    \
             operations = [migrations.CreateModel('Order', [{fields}])]\n"
        )
    }

    const KEY: &str = "('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))";

    #[test]
    fn each_site_decides_the_keys_of_a_package() {
        let models = "class Order(models.Model):\n    pass\n";
        assert!(drift(models, &order(KEY), &[]).is_empty());
        let apps = "from django.apps import AppConfig\n\nclass Shop(AppConfig):\n    name = 'shop'\n    \
                    default_auto_field = 'django.db.models.AutoField'\n";
        let found = drift(models, &order(KEY), &[("shop/apps.py", apps)]);
        assert_eq!(found, ["Alter field id on order"]);
    }

    #[test]
    fn what_rests_on_the_outline_of_a_package_may_have_more() {
        let fields = format!("{KEY}, ('users', models.TextField())");
        let models = "class Order(models.Model):\n    pass\n";
        let found = drift(models, &order(&fields), &[]);
        assert_eq!(found, ["Remove field users from order"]);
        let models = "from organizations.abstract import AbstractOrganization\n\n\
                      class Order(AbstractOrganization):\n    \
                      class Meta(AbstractOrganization.Meta):\n        abstract = False\n";
        let found = drift(models, &order(&fields), &[]);
        let is_about_more =
            |said: &&String| said.starts_with("Remove") || said.starts_with("Change");
        assert!(!found.iter().any(|said| is_about_more(&said)), "{found:?}");
    }

    #[test]
    fn constants_of_packages_have_a_value_of_their_own() {
        let fields = format!(
            "{KEY}, ('size', models.IntegerField(choices=[(1, 'Small')])), \
             ('made', models.IntegerField(default=3))"
        );
        let models = |default: &str| {
            format!(
                "from far.away import SIZES, made\n\nclass Order(models.Model):\n    \
                 size = models.IntegerField(choices=SIZES)\n    \
                 made = models.IntegerField(default={default})\n"
            )
        };
        assert!(drift(&models("3"), &order(&fields), &[]).is_empty());
        let found = drift(&models("made"), &order(&fields), &[]);
        assert_eq!(found, ["Alter field made on order"]);
    }

    #[test]
    fn classes_of_packages_are_told_from_each_other() {
        let fields = |default: &str| {
            format!("{KEY}, ('key', models.CharField(max_length=26, default={default}))")
        };
        let migration = |default: &str| {
            let imports = "migrations, models\nimport ulid, uuid";
            order(&fields(default)).replace("migrations, models", imports)
        };
        let models = |default: &str| {
            format!(
                "import uuid\nfrom ulid import ULID, KEY\n\nclass Order(models.Model):\n    \
                 key = models.CharField(max_length=26, default={default})\n"
            )
        };
        let same = [
            ("ULID", "ulid.ULID"),
            ("ULID", "ulid.api.ULID"),
            ("KEY", "'none'"),
            ("KEY", "''"),
            ("uuid.UUID", "uuid.UUID"),
        ];
        for (now, then) in same {
            assert!(
                drift(&models(now), &migration(then), &[]).is_empty(),
                "{now}, {then}"
            );
        }
        for (now, then) in [
            ("ULID", "uuid.uuid4"),
            ("uuid.uuid4", "ulid.ULID"),
            ("ULID", "uuid.UUID"),
        ] {
            let found = drift(&models(now), &migration(then), &[]);
            assert_eq!(found, ["Alter field key on order"], "{now}, {then}");
        }
    }

    #[test]
    fn dicts_of_ones_own_are_followed_to_the_constructor() {
        let fields = format!(
            "{KEY}, ('sku', shop.models.Sku(max_length=20, null=True, verbose_name='SKU'))"
        );
        let migration = order(&fields).replace(
            "migrations, models",
            "migrations, models\nimport shop.models",
        );
        let models = |length: u32| {
            format!(
                "class Sku(models.CharField):\n    def __init__(self, *args, **kwargs):\n        \
                 defaults = {{'max_length': {length}}}\n        defaults['null'] = True\n        \
                 defaults.update(kwargs)\n        super().__init__(*args, **defaults)\n\n\
                 class Order(models.Model):\n    sku = Sku('SKU')\n"
            )
        };
        assert!(drift(&models(20), &migration, &[]).is_empty());
        let found = drift(&models(30), &migration, &[]);
        assert_eq!(found, ["Alter field sku on order"]);
    }

    #[test]
    fn classes_for_type_checkers_are_no_models() {
        let models = "from typing import TYPE_CHECKING\n\nclass Order(models.Model):\n    pass\n\n\
                      if TYPE_CHECKING:\n    class Paid(models.Model):\n        pass\n";
        assert_eq!(drift(models, &order(KEY), &[]), [""; 0]);
    }

    #[test]
    fn decorators_may_add_to_the_options() {
        let fields = format!("{KEY}, ('paid', models.BooleanField())");
        let check = "models.CheckConstraint(check=models.Q(paid=True), name='paid')";
        let migration =
            order(&fields).replace("])]", &format!("], options={{'constraints': [{check}]}})]"));
        let models = |decorator: &str| {
            format!(
                "from far import with_checks\n\nclass Order(models.Model):\n    \
                 paid = models.BooleanField()\n\n    {decorator}\n    class Meta:\n        pass\n"
            )
        };
        let found = drift(&models(""), &migration, &[]);
        assert_eq!(found, ["Remove constraint paid from model order"]);
        assert_eq!(drift(&models("@with_checks"), &migration, &[]), [""; 0]);
    }

    #[test]
    fn fields_that_are_not_known_may_bring_others_along() {
        let fields = format!(
            "{KEY}, ('text', far.MarkupField()), ('_text_rendered', models.TextField()), \
             ('total', models.IntegerField())"
        );
        let migration =
            order(&fields).replace("migrations, models", "migrations, models\nimport far");
        let models = "from far import MarkupField\n\nclass Order(models.Model):\n    \
                      text = MarkupField()\n";
        let found = drift(models, &migration, &[]);
        assert_eq!(found, ["Remove field total from order"]);
    }

    #[test]
    fn children_of_djangos_own_models_have_a_link_like_all_others() {
        let models = "from django.contrib.auth.models import Group\n\n\
                      class Order(Group):\n    note = models.TextField()\n";
        let fields = "('group_ptr', models.OneToOneField(auto_created=True, \
                      on_delete=models.CASCADE, parent_link=True, primary_key=True, \
                      serialize=False, to='auth.group')), ('note', models.TextField())";
        let migration = order(fields).replace("])]", "], bases=('auth.group',))]");
        assert_eq!(drift(models, &migration, &[]), [""; 0]);
    }

    #[test]
    fn models_may_be_made_out_of_sight() {
        let models = "class Order(models.Model):\n    pass\n";
        let slot =
            "migrations.CreateModel('Slot', [], options={'proxy': True}, bases=('far.plugin',))";
        let migration = order(KEY).replace("])]", &format!("]), {slot}]"));
        assert_eq!(drift(models, &migration, &[]), ["Delete model Slot"]);
        let unknown = "from far.models import Plugin\n\nclass Slot(Plugin):\n    pass\n";
        let further = [("shop/slots.py", unknown)];
        assert_eq!(drift(models, &migration, &further), [""; 0]);
        let made = "from shop.models import Order\n\ndef make(name):\n    \
                    return type(name, (Order,), {'__module__': __name__})\n";
        let further = [("shop/slots.py", made)];
        assert_eq!(drift(models, &migration, &further), [""; 0]);
    }

    #[test]
    fn migrations_of_south_are_none() {
        let models = "class Order(models.Model):\n    pass\n";
        let plain = "class Migration:\n    def forwards(self, orm):\n        pass\n";
        assert!(drift(models, plain, &[]).is_empty());
        let souths = "from south.v2 import SchemaMigration\n\n\
                      class Migration(SchemaMigration):\n    pass\n";
        assert!(drift(models, souths, &[]).is_empty());
        let djangos = "from django.db import migrations\n\n\
                       class Migration(migrations.Migration):\n    pass\n";
        assert_eq!(drift(models, djangos, &[]), ["Create model Order"]);
    }
}
