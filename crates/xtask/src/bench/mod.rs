//! `cargo xtask bench`: how long luthier takes and how much memory, beside ruff on the same files
//! in the same run and beside the floor (walk, read and parse, nothing else).

pub(crate) mod floor;
mod history;
mod machine;
mod measure;
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::corpus::packages;
use crate::{tools, workspace};
use floor::Amount;

const RUFF: &str = "ruff==0.17.6";

/// The rules that follow no values through code and replay no migrations.
const NO_FLOWS: &str = "ARC,CAC,MOD,SEC,TSK,INT003,INT004,INT005,INT007,INT008,INT011,INT013,\
                        ORM032,ORM033,ORM034,ORM037,OPS001,OPS002,OPS003,OPS004,OPS010,OPS011,\
                        OPS012,OPS013,OPS014,OPS015,OPS016,OPS023,OPS024,TST001,TST002,TST003";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the downloaded projects (default: `corpus` in the target folder)
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Only these projects; all when none is named
    projects: Vec<String>,
    /// Rounds; medians are shown
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Do not write BENCHMARKS.md
    #[arg(long)]
    dry_run: bool,
}

/// The figures of one project.
struct Figures {
    name: String,
    amount: Amount,
    cold: Duration,
    /// Cold, with the rules of [`NO_FLOWS`] alone.
    no_flows: Duration,
    ruff: Duration,
    floor: Duration,
    warm: Duration,
    one_file: Duration,
    twice: Duration,
    four_times: Duration,
    /// Cold, without the rules about migrations.
    no_migrations: Duration,
    /// Highest resident memory of a cold run, in bytes.
    memory: u64,
}

/// What a long history costs: wall times of runs that judge drift alone, after one that filled the
/// cache and a change of one file.
struct History {
    with: Duration,
    /// The same where no app has migrations.
    without: Duration,
}

struct Programs {
    luthier: PathBuf,
    ruff: PathBuf,
    xtask: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let projects = packages::fetch(
        &packages::folder(arguments.dir.as_deref()),
        &arguments.projects,
    )?;
    let programs = Programs {
        luthier: workspace::build("luthier", true)?,
        ruff: tools::installed(RUFF)?,
        xtask: workspace::build("xtask", true)?,
    };
    let mut figures = Vec::new();
    for (name, project) in projects {
        eprintln!("{name} ...");
        figures.push(figures_of(&programs, name, &project, arguments.rounds)?);
    }
    eprintln!("{} migrations ...", history::AMOUNT);
    let history = history_of(&programs, arguments.rounds)?;
    let page = page::render(&figures, &history, arguments.rounds, RUFF);
    print!("{page}");
    // Figures of some projects only are no page.
    if !arguments.dry_run && arguments.projects.is_empty() {
        fs::write(workspace::root().join("BENCHMARKS.md"), page)?;
    }
    Ok(true)
}

/// Measures one project, on a copy: so that nothing but these runs touches the files, and a
/// more copies beside it give twice and four times the work.
fn figures_of(programs: &Programs, name: String, project: &Path, rounds: usize) -> Result<Figures> {
    let work = workspace::target().join("bench");
    let (once, twice, four_times) = (
        work.join("once"),
        work.join("twice"),
        work.join("four_times"),
    );
    let copies = [
        (&once, &["a"][..]),
        (&twice, &["a", "b"]),
        (&four_times, &["a", "b", "c", "d"]),
    ];
    for (copy, folders) in copies {
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        for folder in folders {
            copy_tree(project, &copy.join(folder))?;
        }
    }

    let cold = || check(&programs.luthier, &once, None);
    let ruff = || {
        let mut command = Command::new(&programs.ruff);
        command.args(["check", "--isolated", "--no-cache", "--select", "DJ,S"]);
        command.arg(&once);
        command
    };
    let floor = || {
        let mut command = Command::new(&programs.xtask);
        command.arg("floor").arg(&once);
        command
    };
    let double = || check(&programs.luthier, &twice, None);
    let fourfold = || check(&programs.luthier, &four_times, None);
    let no_migrations = || {
        let mut command = cold();
        command.args(["--ignore", "MIG"]);
        command
    };
    let no_flows = || {
        let mut command = cold();
        command.args(["--select", NO_FLOWS]);
        command
    };
    let medians = measure::alternate(
        rounds,
        &[
            &cold,
            &ruff,
            &floor,
            &double,
            &fourfold,
            &no_migrations,
            &no_flows,
        ],
    )?;

    let cache = work.join("cache");
    if cache.exists() {
        fs::remove_dir_all(&cache)?;
    }
    let warm = || check(&programs.luthier, &once, Some(&cache));
    measure::once(&mut warm())?;
    let warm_median = measure::alternate(rounds, &[&warm])?[0];
    let one_file = measure::after_change(rounds, &largest_python_file(&once)?, &warm)?;

    Ok(Figures {
        name,
        amount: serde_json::from_str(&workspace::output(&mut floor())?)?,
        cold: medians[0],
        ruff: medians[1],
        floor: medians[2],
        twice: medians[3],
        four_times: medians[4],
        no_migrations: medians[5],
        no_flows: medians[6],
        warm: warm_median,
        one_file,
        memory: measure::peak_memory(&cold())?,
    })
}

/// Measures a project of migrations, and the same without them.
fn history_of(programs: &Programs, rounds: usize) -> Result<History> {
    let work = workspace::target().join("bench");
    let (with, without) = (work.join("history"), work.join("no_history"));
    for folder in [&with, &without] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        history::write(folder)?;
    }
    for app in fs::read_dir(&without)? {
        let migrations = app?.path().join("migrations");
        if migrations.exists() {
            fs::remove_dir_all(migrations)?;
        }
    }
    let cache = work.join("history_cache");
    if cache.exists() {
        fs::remove_dir_all(&cache)?;
    }
    let time = |folder: &Path| {
        let of_drift = || {
            let mut command = check(&programs.luthier, folder, Some(&cache));
            command.args(["--select", "MIG001"]);
            command
        };
        measure::once(&mut of_drift())?;
        measure::after_change(rounds, &folder.join("app00/models.py"), &of_drift)
    };
    Ok(History {
        with: time(&with)?,
        without: time(&without)?,
    })
}

fn check(luthier: &Path, project: &Path, cache: Option<&Path>) -> Command {
    let mut command = Command::new(luthier);
    command.arg("check").arg(project);
    match cache {
        Some(folder) => command.arg("--cache-dir").arg(folder),
        None => command.arg("--no-cache"),
    };
    command
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The file whose change costs most to read again.
fn largest_python_file(folder: &Path) -> Result<PathBuf> {
    let mut largest = (0, None);
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "py") {
                largest = largest.max((fs::metadata(&path)?.len(), Some(path)));
            }
        }
    }
    largest.1.context("no Python file in the project")
}
