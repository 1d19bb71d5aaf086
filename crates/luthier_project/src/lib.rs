//! What is this Django project?
//!
//! [`facts`] says what each file says by itself; the nouns link that into one read-only
//! [`Project`]. Nothing here fails or judges: broken input gives a value, unknown is a value.

pub mod apps;
mod base;
pub mod caching;
pub mod constant;
mod database;
pub mod dependencies;
pub mod deployment;
mod distribution;
pub mod django;
pub mod facts;
pub mod flows;
pub mod installed;
pub mod migrations;
pub mod models;
pub mod modules;
pub mod place;
pub mod projects;
pub mod querysets;
pub mod read;
pub mod routes;
pub mod serializers;
pub mod settings;
pub mod tasks;
pub mod templates;
pub mod tests;
pub mod views;

use std::sync::Arc;

use django::operations::Database;
use luthier_source::{FileId, Sources};
use migrations::Since;
use pep440_rs::Version;
use rayon::prelude::*;
use routes::Surroundings;

pub use apps::{Apps, Configured};
pub use base::Base;
pub use dependencies::Dependencies;
pub use deployment::Deployment;
pub use facts::FileFacts;
pub use flows::Flows;
pub use installed::Installed;
pub use migrations::Migrations;
pub use models::ModelGraph;
pub use modules::{ImportRoots, Modules};
pub use place::Place;
pub use projects::{ProjectRoot, Territory};
pub use read::{facts as cached_facts, read, read_keys};
pub use routes::Routes;
pub use serializers::Serializers;
pub use settings::Settings;
pub use views::Views;

/// What the user may say about a project that its files do not.
#[derive(Clone, Debug, Default)]
pub struct ProjectOptions {
    /// The production settings module, dotted, where configured.
    pub settings: Option<String>,
    /// The Django version to judge by, where configured.
    pub target_django: Option<String>,
    /// The server of the default database, where configured.
    pub database: Option<Database>,
    /// The installed packages of the project's environment.
    pub installed: Arc<Installed>,
    /// What changes are compared with, where the user named a commit.
    pub base: Option<Arc<Base>>,
    /// What the last release had, where the user told.
    pub since: Option<Arc<Since>>,
    /// Whether what the migrations come to is going to be asked for: it is worked out beside other
    /// things then, else by whoever asks first.
    pub replays: bool,
}

/// One linked Django project. Does not change once linked.
#[derive(Debug)]
pub struct Project {
    pub root: ProjectRoot,
    /// Facts of every file of the repository, by [`FileId`].
    pub files: Arc<Vec<FileFacts>>,
    pub modules: Arc<Modules>,
    pub dependencies: Dependencies,
    pub deployment: Deployment,
    pub templates: templates::Templates,
    pub tasks: tasks::Tasks,
    pub tests: tests::Tests,
    /// The Django that the project is judged by.
    pub django: django::DjangoTarget,
    pub settings: Settings,
    /// The server that migrations run on, as far as anything tells.
    pub database: Option<Database>,
    pub apps: Arc<Apps>,
    pub models: Arc<ModelGraph>,
    pub serializers: Serializers,
    pub migrations: Migrations,
    pub routes: Routes,
    pub views: Views,
    flows: Flows,
    /// What changes are compared with; `None` where no commit was named.
    pub base: Option<Arc<Base>>,
    /// Whether the project is a package for others to install, whose settings are defaults.
    pub is_distributed: bool,
    /// The files that belong to this project rather than to another one of the repository.
    own_files: Vec<FileId>,
}

impl Project {
    /// Links every project of a repository, in folder order.
    pub fn link_all(
        sources: &Sources,
        files: Vec<FileFacts>,
        options: &ProjectOptions,
    ) -> Vec<Project> {
        let files = Arc::new(files);
        let roots = projects::discover(sources, &files);
        let owners = projects::owners(sources, &roots);
        let link = |(index, root): (usize, &ProjectRoot)| {
            let own = owners
                .iter()
                .enumerate()
                .filter(|(_, owner)| **owner == index);
            let own_files = own.map(|(file, _)| FileId(file as u32)).collect();
            let territory = Territory::among(&root.folder, &roots);
            let imports = ImportRoots::discover(sources, &files, territory, &[]);
            let modules = Modules::new(
                sources,
                Arc::clone(&files),
                &imports,
                Arc::clone(&options.installed),
            );
            Self::link(sources, &files, root.clone(), modules, own_files, options)
        };
        roots.iter().enumerate().map(link).collect()
    }

    /// The first project of an in-memory repository: for examples and tests.
    pub fn from_sources(sources: &Sources) -> Self {
        let files = extract_all(sources);
        let mut projects = Self::link_all(sources, files, &ProjectOptions::default());
        projects.swap_remove(0)
    }

    /// The steps of understanding, in order: each noun uses only those before it. Nouns that do not
    /// use each other are linked at the same time.
    fn link(
        sources: &Sources,
        files: &Arc<Vec<FileFacts>>,
        root: ProjectRoot,
        modules: Modules,
        own_files: Vec<FileId>,
        options: &ProjectOptions,
    ) -> Self {
        let (dependencies, deployment) = rayon::join(
            || Dependencies::link(sources, files, &own_files),
            || Deployment::link(sources, files, &own_files),
        );
        let django = dependencies.django(
            options.target_django.as_deref(),
            options.installed.packages(),
        );
        let is_running = |&file: &FileId| !projects::is_blueprint(&sources.file(file).path);
        let own: Vec<_> = own_files
            .iter()
            .filter(|file| is_running(file))
            .filter_map(|&file| modules.of_file(file))
            .collect();
        let configured = options.settings.as_deref();
        let ((tests, tasks), settings) = rayon::join(
            || {
                let tests =
                    tests::Tests::link(sources, files, &own_files, &dependencies, &deployment);
                let tasks = tasks::Tasks::link(sources, &modules, &own, &dependencies);
                (tests, tasks)
            },
            || Settings::link(sources, &modules, &own, &deployment, configured, &django),
        );
        let modules = Arc::new(modules);
        let configured = Arc::new(Configured::of(&settings, &django));
        let database = database::database(options.database, &configured, files, &own_files);
        let apps = Arc::new(Apps::link(&modules, &configured));
        let templates = templates::Templates::link(
            sources,
            files,
            &modules,
            &settings,
            &apps,
            (&root.folder, &own_files),
        );
        let ((models, (serializers, flows), migrations), (routes, views)) = rayon::join(
            || {
                let models = ModelGraph::link(&modules, sources, &apps, &configured);
                let models = Arc::new(models);
                let (about_rows, migrations) = rayon::join(
                    || {
                        let serializers = Serializers::link(&modules, &models, &configured, &own);
                        let flows = Flows::link(&modules, &models, &configured);
                        (serializers, flows)
                    },
                    || {
                        let around = migrations::Surroundings {
                            modules: Arc::clone(&modules),
                            own: own.clone(),
                            apps: Arc::clone(&apps),
                            packages: migrations::packages(&modules, &apps, &configured),
                            models: Arc::clone(&models),
                            configured: Arc::clone(&configured),
                        };
                        let told = (options.since.as_deref(), sources);
                        let migrations = Migrations::link(around, told);
                        if options.replays {
                            migrations.replay();
                        }
                        migrations
                    },
                );
                (models, about_rows, migrations)
            },
            || {
                let routes = Routes::link(&modules, &Surroundings::of(&settings, &apps), &own);
                let views = Views::link(&routes);
                (routes, views)
            },
        );
        let mut project = Self {
            root,
            files: Arc::clone(files),
            modules,
            dependencies,
            deployment,
            templates,
            tasks,
            tests,
            django,
            settings,
            database,
            apps,
            models,
            serializers,
            migrations,
            routes,
            views,
            flows,
            base: options.base.clone(),
            is_distributed: false,
            own_files,
        };
        project.is_distributed = distribution::is_distributed(&project, sources);
        project
    }

    pub fn facts(&self, file: FileId) -> &FileFacts {
        &self.files[file.0 as usize]
    }

    /// Whether a package (by its normalised name) is older than a release such as `[3, 15]`, by its
    /// exact version, locked, pinned or installed; `None` where that is not known.
    pub fn is_older(&self, package: &str, release: &[u64]) -> Option<bool> {
        let declared = self.dependencies.version_of(package).map(str::to_owned);
        let exact = declared.or_else(|| {
            let packages = self.modules.packages();
            packages.version(&package.replace('-', "_"))
        });
        let exact = exact?.parse::<Version>().ok()?;
        Some(exact < Version::new(release.iter().copied()))
    }

    /// The files of this project, in path order.
    pub fn own_files(&self) -> &[FileId] {
        &self.own_files
    }

    /// The Python modules of this project, in path order.
    pub fn own_modules(&self) -> impl Iterator<Item = modules::ModuleId> + '_ {
        self.own_files
            .iter()
            .filter_map(|&file| self.modules.of_file(file))
    }
}

/// The facts of every file, in file order.
pub fn extract_all(sources: &Sources) -> Vec<FileFacts> {
    let files: Vec<_> = sources.iter().map(|(_, file)| file).collect();
    files.into_par_iter().map(FileFacts::extract).collect()
}
