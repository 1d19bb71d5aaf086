//! `cargo xtask tidy`: what keeps the house in order and no compiler checks.

mod edges;
mod files;

use anyhow::Result;

pub(crate) fn run() -> Result<bool> {
    let problems = problems()?;
    for problem in &problems {
        println!("{problem}");
    }
    println!("{} problems", problems.len());
    Ok(problems.is_empty())
}

/// One line for each thing that is not as it should be.
fn problems() -> Result<Vec<String>> {
    let mut problems = edges::problems()?;
    problems.extend(files::problems()?);
    Ok(problems)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        let problems = super::problems().expect("cargo and git can be asked");
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}
