//! Time and memory of other programs.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{tools, workspace};

/// The median time of each program. They take turns, so that what else the machine does hits all
/// alike; a first round warms the file cache and is not counted.
pub(super) fn alternate(rounds: usize, programs: &[&dyn Fn() -> Command]) -> Result<Vec<Duration>> {
    let mut times = vec![Vec::with_capacity(rounds); programs.len()];
    for round in 0..=rounds {
        for (program, times) in programs.iter().zip(&mut times) {
            let time = once(&mut program())?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

/// The median time of a program each of whose runs finds one file changed. The file is put back.
pub(super) fn after_change(
    rounds: usize,
    file: &Path,
    program: &dyn Fn() -> Command,
) -> Result<Duration> {
    let text = fs::read(file)?;
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let mut changed = text.clone();
        changed.extend_from_slice(format!("\nchanged = {round}\n").as_bytes());
        fs::write(file, changed)?;
        times.push(once(&mut program())?);
    }
    fs::write(file, text)?;
    Ok(median(times))
}

/// The wall time of one run. Findings (exit code 1) are no failure.
pub(super) fn once(command: &mut Command) -> Result<Duration> {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().context("cannot start")?;
    let output = child.wait_with_output()?;
    let time = start.elapsed();
    match output.status.code() {
        Some(0 | 1) => Ok(time),
        _ => bail!(
            "{command:?} ended with {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// The highest resident memory of one run in bytes, as the kernel counted it. Asked through
/// Python, which is there for ruff: the standard library of Rust has no way to ask.
pub(super) fn peak_memory(command: &Command) -> Result<u64> {
    const PROGRAM: &str = "\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
";
    let mut python = Command::new(tools::python()?.executable);
    python.args(["-c", PROGRAM]);
    python.arg(command.get_program()).args(command.get_args());
    let kibibytes: u64 = workspace::output(&mut python)?.trim().parse()?;
    Ok(kibibytes * 1024)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
