//! BENCHMARKS.md.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Figures, History, history, machine};

const MEBIBYTE: u64 = 1024 * 1024;

pub(super) fn render(figures: &[Figures], history: &History, rounds: usize, ruff: &str) -> String {
    let mut page = format!(
        "# Benchmarks\n\n\
         Written by `cargo xtask bench`; medians of {rounds} rounds in which the programs take \
         turns, wall time in milliseconds, files in the file cache.\n\n\
         Machine: {}.\n\n\
         - *cold* is `luthier check --no-cache`\n\
         - *ruff* is `ruff check --isolated --no-cache --select DJ,S` ({}) on the same folder\n\
         - *floor* walks, reads and parses the same files with the same parser, nothing else\n\
         - *warm* is `luthier check` after a run that filled the cache, *one file* the same after \
         the largest Python file has changed\n\
         - *twice* and *4 times* are cold on so many copies of the project beside each other\n\
         - *base* is cold with the rules alone that follow no values through code and replay no \
         migrations\n\
         - *MIG* is what cold takes more than without the rules about migrations\n\n",
        machine::describe(),
        ruff.replace("==", " "),
    );
    page.push_str(
        "| project | files | lines | cold | ruff | cold/ruff | floor | base | base/ruff | base/floor | warm | warm/cold | one file | twice | twice/cold | 4 times | 4 times/twice | MIG | MIG/cold |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    for it in figures {
        let rules = it.cold.saturating_sub(it.no_migrations);
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            it.name,
            it.amount.files,
            it.amount.lines,
            milliseconds(it.cold),
            milliseconds(it.ruff),
            ratio(it.cold, it.ruff),
            milliseconds(it.floor),
            milliseconds(it.no_flows),
            ratio(it.no_flows, it.ruff),
            ratio(it.no_flows, it.floor),
            milliseconds(it.warm),
            ratio(it.warm, it.cold),
            milliseconds(it.one_file),
            milliseconds(it.twice),
            ratio(it.twice, it.cold),
            milliseconds(it.four_times),
            ratio(it.four_times, it.twice),
            milliseconds(rules),
            ratio(rules, it.cold),
        );
    }
    page.push_str(
        "\nWanted: base/ruff at most 1.20 and cold/ruff at most 1.50, base/floor at most 1.60, warm/cold at most 0.33, twice/cold and 4 times/twice at most \
         2.10.\n\n\
         | project | source MiB | peak memory MiB | wanted without flows: 6 bytes per source byte \
         + 60 MiB | with them: 10 bytes + 80 MiB |\n\
         | --- | --: | --: | --: | --: |\n",
    );
    for it in figures {
        let bytes = it.amount.bytes as u64;
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            it.name,
            mebibytes(bytes),
            mebibytes(it.memory),
            mebibytes(bytes * 6 + 60 * MEBIBYTE),
            mebibytes(bytes * 10 + 80 * MEBIBYTE),
        );
    }
    let _ = write!(
        page,
        "\nA project with {} migrations, which come to its models, where one file has changed: judging \
         drift alone takes {} ms warm, and {} ms where the migrations are not there; reading them back, \
         replaying and comparing takes {} ms (wanted: at most 150).\n",
        history::AMOUNT,
        milliseconds(history.with),
        milliseconds(history.without),
        milliseconds(history.with.saturating_sub(history.without)),
    );
    page
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0}", time.as_secs_f64() * 1000.0)
}

fn ratio(time: Duration, of: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() / of.as_secs_f64())
}

/// With one decimal.
fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes * 10).div_ceil(MEBIBYTE);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::mebibytes;

    #[test]
    fn sizes_round_up() {
        assert_eq!(mebibytes(0), "0.0");
        assert_eq!(mebibytes(1024 * 1024 * 3 / 2), "1.5");
        assert_eq!(mebibytes(1024 * 1024 + 1), "1.1");
    }
}
