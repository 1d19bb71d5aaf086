//! What operations do to MariaDB: the algorithm and the lock of each statement, on the server of
//! Debian's packages.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use luthier_project::django::DjangoVersion;
use luthier_project::django::operations::{
    Action, Database, Effect, Engine, Lock, Outcome, Release, Role, Statement, Touch, effect,
};
use serde::Deserialize;

use super::super::postgres::{NOBODY, is_root, private_folder};
use super::super::{Only, Tally, venv};
use super::changes::Described;
use super::says_something;
use crate::workspace;

/// Packages with the server, and with libraries that a small system may lack.
const PACKAGES: &[&str] = &["mariadb-server-core", "liburing2", "libnuma1"];

const REQUIREMENTS: &[&str] = &["Django==5.2.*", "pymysql==1.*"];

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// What `mariadb.py` writes.
#[derive(Deserialize)]
struct Measured {
    database: (u16, u16, u16),
    django: (u16, u16),
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    changes: Vec<Described>,
    fails: Option<String>,
    statements: Vec<Single>,
}

#[derive(Deserialize)]
struct Single {
    sql: String,
    /// None where a statement takes no algorithm: then nothing was measured of it.
    algorithm: Option<String>,
    lock: Option<String>,
}

pub(in super::super) fn run(only: &Only) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(server) = Server::start()? else {
        return Ok(tally);
    };
    let interpreter = venv::interpreter((3, 10)..=(3, 13)).context("no Python 3.10 to 3.13")?;
    let python = venv::environment("locks-mariadb", &interpreter, REQUIREMENTS)?;
    let mut command = Command::new(python);
    command
        .arg(workspace::root().join("oracle/locks/mariadb.py"))
        .arg(server.socket())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let measured: Measured = serde_json::from_str(&workspace::output(&mut command)?)?;
    let (major, minor, patch) = measured.database;
    let release = Release(major, minor, patch);
    let mut seen = BTreeSet::new();
    for case in &measured.cases {
        let differences = differences(case, release, measured.django, &mut seen);
        if differences.is_empty() {
            tally.passed += 1;
            continue;
        }
        tally.failed += 1;
        if only.wants(&case.name) {
            println!("  {}: MariaDB {major}.{minor}", case.name);
            for difference in differences {
                println!("    {difference}");
            }
        }
    }
    for action in says_something(Engine::MariaDb, release).difference(&seen) {
        println!("  MariaDB {major}.{minor}: no case does {action:?}");
        tally.failed += 1;
    }
    Ok(tally)
}

fn differences(
    case: &Case,
    release: Release,
    (major, minor): (u16, u16),
    seen: &mut BTreeSet<Action>,
) -> Vec<String> {
    let database = Database {
        engine: Engine::MariaDb,
        release: Some(release),
    };
    let django = DjangoVersion::new(major, minor);
    let changes = case.changes.iter().map(Described::change);
    let effects: Vec<Effect> = changes
        .map(|change| effect(&change, database, django))
        .collect();
    let fails = effects
        .iter()
        .any(|effect| effect.forwards == Some(Outcome::Fails));
    if fails || case.fails.is_some() {
        return match (fails, &case.fails) {
            (true, Some(_)) => Vec::new(),
            (_, real) => vec![format!("predicted to fail: {fails}, not {real:?}")],
        };
    }
    let predicted: Vec<&Statement> = effects.iter().flat_map(|one| &one.statements).collect();
    if predicted.len() != case.statements.len() {
        let actions: Vec<_> = predicted.iter().map(|one| &one.actions).collect();
        let sql: Vec<_> = case.statements.iter().map(|one| &one.sql).collect();
        return vec![format!("predicted {actions:?}, not {sql:#?}")];
    }
    let mut differences = Vec::new();
    for (predicted, measured) in predicted.into_iter().zip(&case.statements) {
        seen.extend(&predicted.actions);
        if predicted.on != Role::Created && !agrees(predicted.touch, measured) {
            let Single {
                sql,
                algorithm,
                lock,
            } = measured;
            let Statement { actions, touch, .. } = predicted;
            differences.push(format!(
                "{actions:?}: predicted {touch:?}, not {algorithm:?} with {lock:?}: {sql}"
            ));
        }
    }
    differences
}

fn agrees(predicted: Touch, measured: &Single) -> bool {
    let (Some(algorithm), Some(lock)) = (&measured.algorithm, &measured.lock) else {
        return true;
    };
    // NOCOPY and INSTANT do not write the rows anew.
    let rewrite = matches!(algorithm.as_str(), "COPY" | "INPLACE");
    let lock = match lock.as_str() {
        "NONE" => Some(Lock::Metadata),
        "SHARED" => Some(Lock::MetadataShared),
        _ => None,
    };
    predicted.rewrite.is_none_or(|said| said == rewrite)
        && predicted.lock.is_none_or(|said| said == lock)
}

/// A running server; it ends with this value.
struct Server {
    folder: PathBuf,
    process: Child,
}

impl Server {
    /// `None` where its program cannot be had.
    fn start() -> Result<Option<Self>> {
        let Some(root) = programs()? else {
            return Ok(None);
        };
        let folder = private_folder("mariadb")?;
        let mut command = Command::new(root.join("usr/sbin/mariadbd"));
        command
            .args(["--no-defaults", "--skip-networking", "--skip-grant-tables"])
            .args(["--innodb-file-per-table=0", "--skip-innodb-doublewrite"])
            .args(["--innodb-flush-method=nosync", "--sync-frm=0"])
            .args([
                "--innodb-buffer-pool-size=64M",
                "--innodb-flush-log-at-trx-commit=0",
            ])
            .arg(option("--datadir", &folder))
            .arg(option("--socket", &folder.join("socket")))
            .arg(option("--lc-messages-dir", &root.join("usr/share/mysql")))
            .env("LD_LIBRARY_PATH", libraries(&root)?)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.with_extension("log"))?);
        if is_root()? {
            command.uid(NOBODY).gid(NOBODY);
        }
        let process = command.spawn().context("mariadbd")?;
        let mut server = Self { folder, process };
        let started = Instant::now();
        while !server.socket().exists() {
            if started.elapsed() > PATIENCE || server.process.try_wait()?.is_some() {
                bail!("MariaDB does not start");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(Some(server))
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = ended {
            eprintln!(
                "  a server in {} still runs: {error}",
                self.folder.display()
            );
        }
        let removed = fs::remove_dir_all(&self.folder)
            .and_then(|()| fs::remove_file(self.folder.with_extension("log")));
        if let Err(error) = removed {
            eprintln!("  {} stays: {error}", self.folder.display());
        }
    }
}

fn option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

/// The folder of shared libraries, below one named after the machine.
fn libraries(root: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(root.join("usr/lib"))? {
        let path = entry?.path();
        if path.join("liburing.so.2").exists() {
            return Ok(path);
        }
    }
    bail!("no libraries in {}", root.display())
}

/// Debian's packages, unpacked; nothing is installed.
fn programs() -> Result<Option<PathBuf>> {
    let root = venv::cache().join("mariadb");
    // Made last: an interrupted download is started afresh.
    let marker = root.join("complete");
    if marker.is_file() {
        return Ok(Some(root));
    }
    println!("  fetching MariaDB");
    match fetch(&root) {
        Ok(()) => {
            fs::write(&marker, "")?;
            Ok(Some(root))
        }
        Err(error) => {
            println!("  MariaDB is left out: {error:#}");
            Ok(None)
        }
    }
}

fn fetch(root: &Path) -> Result<()> {
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    fs::create_dir_all(root)?;
    let mut download = Command::new("apt-get");
    download.args(["download", "-qq"]).args(PACKAGES);
    download.current_dir(root).stderr(Stdio::null());
    workspace::output(&mut download)?;
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            let mut unpack = Command::new("dpkg-deb");
            workspace::run(unpack.arg("--extract").arg(&path).arg(root))?;
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
