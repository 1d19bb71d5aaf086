//! From which folders a project's modules are imported.

use std::collections::BTreeSet;

use luthier_source::{FileKind, Sources};
use rustc_hash::FxHashSet;

use crate::facts::{Expr, FileFacts, PythonFacts};
use crate::projects::{Nearness, Territory};

/// The folders from which modules are imported, and what is imported at all.
#[derive(Clone, Debug, Default)]
pub struct ImportRoots {
    territory: Territory,
    /// Relative folders, `""` for the repository's own; deepest first.
    roots: Vec<String>,
    /// First segments of all absolute imports of the repository.
    imported: FxHashSet<String>,
}

impl ImportRoots {
    /// Works out the roots of a project: its folder, `src` folders, what manage.py puts on
    /// `sys.path`, `extra` (from pyproject's `pythonpath`), and the parent of every top-level package.
    pub fn discover(
        sources: &Sources,
        files: &[FileFacts],
        territory: Territory,
        extra: &[String],
    ) -> Self {
        let mut roots: BTreeSet<String> = BTreeSet::new();
        let mut imported = FxHashSet::default();
        let mut packages: BTreeSet<&str> = BTreeSet::new();
        roots.extend([String::new(), territory.folder().to_owned()]);
        roots.extend(extra.iter().cloned());
        for (id, file) in sources
            .iter()
            .filter(|(_, file)| file.kind == FileKind::Python)
        {
            let Some(facts) = files[id.0 as usize].python() else {
                continue;
            };
            for import in facts.imports.iter().filter(|import| import.level == 0) {
                let head = facts
                    .text(import.module)
                    .split('.')
                    .next()
                    .unwrap_or_default();
                if !imported.contains(head) {
                    imported.insert(head.to_owned());
                }
            }
            let (parent, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            match name {
                "__init__.py" => {
                    packages.insert(parent);
                }
                "manage.py" => {
                    roots.insert(parent.to_owned());
                    roots.extend(path_insertions(facts).map(|inserted| join(parent, inserted)));
                }
                _ => {}
            }
        }
        for package in &packages {
            let parent = package.rsplit_once('/').map_or("", |(parent, _)| parent);
            if !packages.contains(parent) {
                roots.insert(parent.to_owned());
            }
        }
        let mut roots: Vec<String> = roots.into_iter().collect();
        roots.sort_by_key(|root| (std::cmp::Reverse(depth(root)), root.clone()));
        Self {
            territory,
            roots,
            imported,
        }
    }

    /// How near the project a file is.
    pub(crate) fn nearness(&self, path: &str) -> Nearness {
        self.territory.nearness(path)
    }

    /// The dotted names of a Python file, the one that the project imports it by first. Empty for
    /// files whose path is no dotted name.
    pub(crate) fn names<'a>(&'a self, path: &'a str) -> Vec<ModuleName<'a>> {
        let named = self.roots.iter().filter_map(|root| {
            let dotted = dotted(below(root, path)?)?;
            Some(ModuleName { root, path, dotted })
        });
        let mut names: Vec<_> = named.collect();
        // Deeper roots come first; names that nothing imports go last.
        names.sort_by_key(|name| !self.imported.contains(name.head()));
        names
    }

    /// In which order names are given to the files that could have them, as Python looks for them:
    /// in the project's own folder, elsewhere in what is its own, beside it, and last in other
    /// projects.
    pub(crate) fn precedence(&self, name: &ModuleName<'_>) -> (Nearness, bool) {
        let is_elsewhere = name.root != self.territory.folder();
        (self.nearness(name.path), is_elsewhere)
    }
}

/// A name that a file has below one of the roots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModuleName<'a> {
    root: &'a str,
    path: &'a str,
    pub(crate) dotted: String,
}

impl<'a> ModuleName<'a> {
    /// The top-level module or package that the name begins with.
    pub(crate) fn head(&self) -> &str {
        let head = self.dotted.split('.').next();
        head.unwrap_or_default()
    }

    /// Where that is: a folder, or a file without its ending.
    pub(crate) fn head_path(&self) -> &'a str {
        let above = match self.root.len() {
            0 => 0,
            length => length + 1,
        };
        &self.path[..above + self.head().len()]
    }
}

fn depth(root: &str) -> usize {
    if root.is_empty() {
        0
    } else {
        root.split('/').count()
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn below<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    if root.is_empty() {
        Some(path)
    } else {
        path.strip_prefix(root)?.strip_prefix('/')
    }
}

/// `shop/models.py` as `shop.models`; `None` where a part is no name. Names may begin with digits, as
/// those of migrations do. Those are imported by `import_module()`, so that anything goes in them but a
/// dot, spaces too (`pkgutil.iter_modules`, which Django asks for them).
fn dotted(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".py")?;
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    let is_name = |part: &str| {
        let mut letters = part.chars();
        !part.is_empty() && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
    };
    let named = match stem.rsplit_once('/') {
        Some((folder, name)) if folder.ends_with("migrations") && !name.contains('.') => folder,
        _ => stem,
    };
    (stem != "__init__" && named.split('/').all(is_name)).then(|| stem.replace('/', "."))
}

/// The folder names that `sys.path.insert(0, ...)` and `sys.path.append(...)` add: the last string
/// among the path's parts, as in `os.path.join(BASE, "apps")` or `BASE / "apps"`.
fn path_insertions(facts: &PythonFacts) -> impl Iterator<Item = &str> {
    let bodies = facts.body_ids().map(|id| facts.body(id));
    bodies.flat_map(|body| body.exprs()).filter_map(|expr| {
        let call = expr.as_call()?;
        let callee = call.callee.dotted()?;
        let path = match callee.as_str() {
            "sys.path.insert" => call.argument(1, "object")?,
            "sys.path.append" => call.argument(0, "object")?,
            _ => return None,
        };
        last_string(path).filter(|text| {
            !text.is_empty() && !text.starts_with(['/', '.']) && !text.contains('\\')
        })
    })
}

fn last_string(expr: crate::facts::ExprRef<'_>) -> Option<&str> {
    match expr.kind() {
        Expr::Str(_) => expr.as_str(),
        Expr::Binary(_, _, right) => last_string(expr.at(right)),
        Expr::Call(..) => {
            let call = expr.as_call()?;
            let last = call.positional().last()?;
            last_string(last)
        }
        _ => None,
    }
}
