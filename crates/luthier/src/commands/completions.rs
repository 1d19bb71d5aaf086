//! `luthier completions`: for a shell, from the definitions of the arguments.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::{Verdict, output};

pub(crate) fn run(shell: Shell) -> Result<Verdict, Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "luthier", &mut script);
    output::write(&String::from_utf8_lossy(&script), None)?;
    Ok(Verdict::Clean)
}
