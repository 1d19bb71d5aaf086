//! What rules about the production database ask of the settings.

use std::sync::Arc;

use luthier_project::Place;
use luthier_project::Project;
use luthier_project::settings::{Kind, Role, SettingsModule, Value};

/// The default database of production, where its engine is known.
pub(crate) struct Database<'a> {
    pub(crate) engine: Arc<str>,
    pub(crate) place: Place,
    settings: &'a SettingsModule,
    project: &'a Project,
}

/// Words in host, service and image names of connection poolers.
const POOLERS: [&str; 8] = [
    "pgbouncer",
    "pgcat",
    "odyssey",
    "pgpool",
    "pooler",
    "supavisor",
    "proxysql",
    "rds-proxy",
];

impl<'a> Database<'a> {
    pub(crate) fn of_production(project: &'a Project) -> Option<Self> {
        let settings = project
            .settings
            .production()
            .filter(|settings| !matches!(settings.role, Role::Local | Role::Test))?;
        let value = settings.at(&["DATABASES", "default", "ENGINE"]);
        let Kind::Str(engine) = &value.kind else {
            return None;
        };
        let place = value.place.or_else(|| settings.get("DATABASES")?.place())?;
        Some(Self {
            engine: engine.clone(),
            place,
            settings,
            project,
        })
    }

    /// What is at a path below the database's entry.
    pub(crate) fn at(&self, path: &[&str]) -> Value {
        let path: Vec<&str> = ["DATABASES", "default"]
            .into_iter()
            .chain(path.iter().copied())
            .collect();
        self.settings.at(&path)
    }

    /// Whether what is not in the repository may change what is known: files that are taken in
    /// where they exist, code that fills the module in from outside.
    pub(crate) fn may_be_changed(&self) -> bool {
        let fills_in = |module| {
            let facts = self.project.modules.facts(module);
            facts
                .imports
                .iter()
                .any(|import| facts.text(import.module).starts_with("dynaconf"))
        };
        !self.settings.optional().is_empty()
            || self.settings.open().is_some()
            || self
                .settings
                .evaluated_modules()
                .iter()
                .any(|&module| fills_in(module))
    }

    pub(crate) fn is_postgresql(&self) -> bool {
        ["postgresql", "postgis", "psycopg2"]
            .iter()
            .any(|name| self.engine.contains(name))
    }

    /// Whether connections go through a pooler, as far as names tell.
    pub(super) fn has_pooler(&self) -> bool {
        let names_pooler = |text: &str| {
            POOLERS
                .iter()
                .any(|pooler| text.to_lowercase().contains(pooler))
        };
        let host = self.at(&["HOST"]);
        let host_is_pooler = host.as_str().is_some_and(names_pooler)
            || host.variables().iter().any(|name| names_pooler(name));
        let default_is_pooler = host
            .when_unset()
            .and_then(Value::as_str)
            .is_some_and(names_pooler);
        let mut services = self.project.deployment.services.iter();
        let in_services = services.any(|service| {
            names_pooler(&service.name) || service.image.as_deref().is_some_and(names_pooler)
        });
        let cursors = self.at(&["DISABLE_SERVER_SIDE_CURSORS"]);
        host_is_pooler
            || default_is_pooler
            || in_services
            || self.engine.contains("pool")
            || !cursors.is_definitely_false()
    }
}
