//! On what the figures were measured.

use std::fs;

/// Processor, cores, memory and kernel in one line, as far as /proc tells.
pub(super) fn describe() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let memory = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|size| size.split(' ').next()?.parse::<u64>().ok())
        .map(|kibibytes| format!("{} GiB", kibibytes.div_ceil(1024 * 1024)));
    let cores = std::thread::available_parallelism()
        .map(|cores| format!("{cores} cores"))
        .ok();
    let kernel = read("/proc/sys/kernel/osrelease");
    let kernel = kernel.split('-').next().unwrap_or_default().trim();
    let system = format!("{} {kernel}", std::env::consts::OS);
    let parts: Vec<String> = [processor, cores, memory, Some(system)]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}
