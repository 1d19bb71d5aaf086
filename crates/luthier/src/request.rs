//! From what was typed to what is asked of the analysis.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;
use std::time::SystemTime;

use luthier_analysis::config::{self, Loaded};
use luthier_analysis::date::Date;
use luthier_analysis::{
    Base, EarlierReport, Request, Since, Sources, Target, default_cache, uses_django,
};

use crate::arguments::Run;
use crate::failure::{Failure, SINCE};

/// The request for these paths, with the configuration that holds there.
pub(crate) fn new(paths: &[PathBuf], run: &Run) -> Result<Request, Failure> {
    of_target(Target::find(paths)?, run)
}

/// The request for a path as an earlier report would see it: with the folder that its paths are
/// relative to.
pub(crate) fn comparable(
    path: &PathBuf,
    earlier: &EarlierReport,
    run: &Run,
) -> Result<Request, Failure> {
    let target = Target::find(slice::from_ref(path))?;
    let Some(folder) = &earlier.repository_path else {
        return of_target(target, run);
    };
    let root = target.root.display().to_string();
    let target = target.seen_from(folder).ok_or_else(|| {
        Failure::new(format!(
            "nothing to compare: the report is of `{folder}` in the repository, not of {root}"
        ))
    })?;
    if !target.root.is_dir() {
        return Err(Failure::new(format!(
            "nothing to compare: the report is of `{folder}` in the repository, which is not there"
        )));
    }
    of_target(target, run)
}

fn of_target(target: Target, run: &Run) -> Result<Request, Failure> {
    let configuration = configuration(&target.root, run)?;
    let mut request = Request::new(&target.root, configuration, Date::of(SystemTime::now()));
    request.only = target.only;
    request.python.clone_from(&run.python);
    request.cache = cache(run);
    if let Some(python) = &run.python
        && !python.exists()
    {
        return Err(Failure::new(format!(
            "no such interpreter or environment: {}",
            python.display()
        ))
        .hint("--python takes a virtual environment's folder or its interpreter"));
    }
    Ok(request)
}

/// What is configured for the folder, or in the file that was named.
pub(crate) fn configuration(root: &Path, run: &Run) -> Result<Loaded, Failure> {
    Ok(match &run.config {
        Some(file) => config::load_file(file, root)?,
        None => config::load(root)?,
    })
}

fn cache(run: &Run) -> Option<PathBuf> {
    if run.no_cache {
        return None;
    }
    run.cache_dir.clone().or_else(default_cache)
}

/// Asks git what the files were at another commit.
pub(crate) fn base(root: &Path, revision: &str) -> Result<Arc<Base>, Failure> {
    let read = Base::read(root, revision);
    read.map(Arc::new).map_err(|error| {
        Failure::new(format!("cannot compare with `{revision}`: {error}"))
            .hint("--base takes what git knows as a commit; in CI, fetch the branch that it is on")
    })
}

/// What the last release had: at the commit or migration that is named, else at the commit that
/// changes are compared with.
pub(crate) fn since(
    root: &Path,
    named: Option<&str>,
    base: Option<&Base>,
) -> Result<Option<Arc<Since>>, Failure> {
    let Some(named) = named.or(base.map(|base| &*base.commit)) else {
        return Ok(None);
    };
    let read = Since::read(root, named).map_err(|error| {
        Failure::new(format!("cannot tell what `{named}` released: {error}")).hint(SINCE)
    })?;
    Ok(Some(Arc::new(read)))
}

/// Reads an earlier report or a baseline.
pub(crate) fn earlier(path: &Path) -> Result<EarlierReport, Failure> {
    EarlierReport::parse(&text_of(path)?).map_err(|reason| {
        Failure::new(format!("{}: {reason}", path.display()))
            .hint("`luthier check --output-format json` writes one")
    })
}

/// The text of a file that luthier wrote earlier.
pub(crate) fn text_of(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::NotFound => "no such file".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(format!("{}: {reason}", path.display()))
    })
}

/// Refuses a run that asks no rule: its silence would read as praise.
pub(crate) fn expect_rules(request: &Request) -> Result<(), Failure> {
    if !request.rules().is_empty() {
        return Ok(());
    }
    Err(if request.deploy {
        Failure::new("none of the rules asked for is among those of Django's `check --deploy`")
            .hint("--deploy alone asks all of them; --select can only choose some of these")
    } else {
        Failure::new("no rule is left to ask")
            .hint("see --select and --ignore, and `luthier config` for what is configured")
    })
}

/// Refuses folders without anything that luthier could judge: an empty report would read as praise.
pub(crate) fn expect_django(request: &Request, sources: &Sources) -> Result<(), Failure> {
    if uses_django(sources) {
        return Ok(());
    }
    let read = sources.len();
    let skipped = sources.skipped.len();
    let message = format!(
        "no Django project in {}\n  looked for manage.py and for Python files that name Django: read {}, none does",
        request.root.display(),
        count(read, "file"),
    );
    let hint = if skipped == 0 {
        "give the folder of the project as PATH; what .gitignore excludes is not read".to_owned()
    } else {
        format!(
            "give the folder of the project as PATH; {} could not be read, such as {} ({})",
            count(skipped, "file"),
            sources.skipped[0].path,
            sources.skipped[0].reason,
        )
    };
    Err(Failure::new(message).hint(hint))
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
