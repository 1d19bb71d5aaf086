//! What stays the same about a finding while the lines around it move.
//!
//! A fingerprint is made of the rule's code, the file's path, the symbol, the text of the line
//! without its spaces, and the number among findings that agree in all of these. Never change this:
//! baselines and earlier reports hold fingerprints.

use luthier_diagnostics::Finding;
use luthier_source::Sources;
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Sets the fingerprint of every finding; they must be in final order.
pub(crate) fn set(findings: &mut [Finding], sources: &Sources) {
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for finding in findings {
        let file = sources.file(finding.location.file);
        let index = file.line_index();
        let line = index.line_text(&file.text, index.line(finding.location.span.start));
        let words: Vec<&str> = line.split_whitespace().collect();
        let symbol = finding.symbol.as_deref().unwrap_or("");
        let mut key = [finding.code, &file.path, symbol, &words.concat()].join("\0");
        let number = seen.entry(key.clone()).or_default();
        key.push('\0');
        key.push_str(&number.to_string());
        *number += 1;
        finding.fingerprint = format!("{:016x}", xxh3_64(key.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Location;
    use luthier_rules::internal;
    use luthier_source::Span;

    use super::*;

    fn fingerprints(text: &str) -> Vec<String> {
        let sources = Sources::in_memory(&[("a.py", text)]);
        let (file, _) = sources.iter().next().unwrap();
        let mut findings: Vec<Finding> = text
            .match_indices("wrong")
            .map(|(start, _)| {
                let location = Location::new(file, Span::at(start as u32));
                internal::RULE_FAILED.finding(location, String::new())
            })
            .collect();
        set(&mut findings, &sources);
        findings
            .into_iter()
            .map(|finding| finding.fingerprint)
            .collect()
    }

    #[test]
    fn moved_lines_keep_their_fingerprint_and_equal_lines_differ() {
        let before = fingerprints("x = wrong\ny = wrong\nx = wrong\n");
        assert_eq!(
            before[0], "431990240593d918",
            "fingerprints never change meaning"
        );
        assert_ne!(before[0], before[1]);
        assert_ne!(before[0], before[2]);
        assert_eq!(
            fingerprints("\n# new\nif a:\n    x  =  wrong\ny = wrong\n"),
            before[..2]
        );
        assert_ne!(fingerprints("z = wrong\n")[0], before[0]);
    }
}
