//! Which rules run: what people write after `--select` and `--ignore`, and what that leaves.

use std::collections::BTreeSet;
use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use luthier_diagnostics::{Category, RuleInfo};
use luthier_rules::{Rule, registry};

use crate::config::{Config, nearest};

/// Rules that report what no selection should hide: that a file was not understood, or that a rule
/// failed. Naming one of them after "ignore" still leaves it out.
const ALWAYS: &[&str] = &["LUT001", "LUT003"];

/// Some rules, as a person names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    All,
    /// Every rule of a family, by its name or its letters.
    Category(Category),
    /// Every rule whose code begins so.
    Prefix(String),
    /// One rule, by code or name.
    Rule(&'static str),
}

/// A word that names no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSelector {
    pub text: String,
    /// What was probably meant.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no rule or category is called `{}`", self.text)?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => write!(f, "; `luthier rules` lists them"),
        }
    }
}

impl std::error::Error for UnknownSelector {}

impl Selector {
    /// Reads one word: a code, a name, the beginning of a code, a category, or `ALL`.
    pub fn parse(text: &str) -> Result<Self, UnknownSelector> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        if let Some(rule) = registry::find(text) {
            return Ok(Self::Rule(rule.code));
        }
        let category = Category::ALL.iter().find(|category| {
            text.eq_ignore_ascii_case(category.prefix())
                || text.eq_ignore_ascii_case(category.name())
        });
        if let Some(category) = category {
            return Ok(Self::Category(*category));
        }
        let upper = text.to_ascii_uppercase();
        let rules = registry::all();
        if upper.len() > 3 && rules.iter().any(|rule| rule.code.starts_with(&upper)) {
            return Ok(Self::Prefix(upper));
        }
        let names = rules.iter().flat_map(|rule| [rule.name, rule.code]);
        let categories = Category::ALL.iter().map(|category| category.name());
        Err(UnknownSelector {
            text: text.to_owned(),
            nearest: nearest(text, names.chain(categories)),
        })
    }

    pub fn matches(&self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Category(category) => rule.category == *category,
            Self::Prefix(prefix) => rule.code.starts_with(prefix),
            Self::Rule(code) => rule.code == *code,
        }
    }

    /// What there is to say about each rule that it names, by code.
    pub fn rules(&self) -> Vec<RuleInfo> {
        let rules = registry::all().into_iter();
        rules
            .filter(|rule| self.matches(rule))
            .map(Rule::info)
            .collect()
    }

    /// How narrow it is: the narrower of two that contradict each other holds.
    fn narrowness(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Category(_) => 1,
            Self::Prefix(prefix) => prefix.len(),
            Self::Rule(_) => usize::MAX,
        }
    }
}

/// Every rule there is, by code.
pub fn known() -> Vec<RuleInfo> {
    registry::all().iter().map(|rule| rule.info()).collect()
}

/// The rule with this code or name.
pub fn explain(code_or_name: &str) -> Result<RuleInfo, UnknownSelector> {
    let word = code_or_name.trim();
    let found = registry::find(word).map(Rule::info);
    found.ok_or_else(|| UnknownSelector {
        text: word.to_owned(),
        nearest: nearest(
            word,
            registry::all()
                .iter()
                .flat_map(|rule| [rule.name, rule.code]),
        ),
    })
}

/// What one place (the configuration, the command line) asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub select: Option<Vec<Selector>>,
    pub extend_select: Vec<Selector>,
    pub ignore: Vec<Selector>,
}

impl Asked {
    /// What a checked configuration asks for.
    pub fn of_config(config: &Config) -> Self {
        let read = |words: &[String]| {
            let selectors = words.iter().map(|word| Selector::parse(word));
            selectors.filter_map(Result::ok).collect()
        };
        Self {
            select: config.select.as_deref().map(read),
            extend_select: read(&config.extend_select),
            ignore: read(&config.ignore),
        }
    }

    /// Whether the rule is in, given whether it was before.
    fn decides(&self, rule: &Rule, before: bool) -> bool {
        let narrowest = |selectors: &[Selector]| {
            let matching = selectors.iter().filter(|selector| selector.matches(rule));
            matching.map(Selector::narrowness).max()
        };
        let selected = self.select.as_deref().and_then(narrowest);
        let wanted = selected.max(narrowest(&self.extend_select));
        match (wanted, narrowest(&self.ignore)) {
            (Some(wanted), Some(ignored)) => wanted > ignored,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) if self.select.is_none() => before,
            (None, None) => ALWAYS.contains(&rule.code),
        }
    }
}

/// The rules that are left, by code: the configuration first, then the command line over it.
pub fn rules(config: &Asked, command_line: &Asked) -> Vec<&'static Rule> {
    let mut rules = registry::all();
    rules.retain(|rule| command_line.decides(rule, config.decides(rule, true)));
    rules
}

/// Rules that are not reported in some files.
#[derive(Clone, Debug, Default)]
pub struct PerFile {
    globs: GlobSet,
    /// The codes that each pattern leaves out, in the patterns' order.
    codes: Vec<BTreeSet<&'static str>>,
    prefix: String,
}

impl PerFile {
    /// `prefix` leads from the configuration's folder to the one that paths are relative to.
    pub fn new(config: &Config, prefix: &str) -> Self {
        let mut globs = GlobSetBuilder::new();
        let mut codes = Vec::new();
        for (pattern, words) in &config.per_file_ignores {
            let selectors: Vec<_> = words
                .iter()
                .filter_map(|word| Selector::parse(word).ok())
                .collect();
            let rules = registry::all().into_iter();
            let left_out: BTreeSet<&str> = rules
                .filter(|rule| selectors.iter().any(|selector| selector.matches(rule)))
                .map(|rule| rule.code)
                .collect();
            for form in forms(pattern) {
                let glob = GlobBuilder::new(&form).literal_separator(true).build();
                if let Ok(glob) = glob {
                    globs.add(glob);
                    codes.push(left_out.clone());
                }
            }
        }
        Self {
            globs: globs.build().unwrap_or_default(),
            codes,
            prefix: prefix.to_owned(),
        }
    }

    /// Whether findings with `code` are left out in the file at `path`.
    pub fn ignores(&self, path: &str, code: &str) -> bool {
        if self.codes.is_empty() {
            return false;
        }
        let full = format!("{}{path}", self.prefix);
        let matching = self.globs.matches(&full);
        matching
            .into_iter()
            .any(|index| self.codes[index].contains(code))
    }
}

/// A pattern as in .gitignore: without a slash it matches at any depth, and what matches a folder
/// matches everything in it.
fn forms(pattern: &str) -> [String; 2] {
    let trimmed = pattern.trim_start_matches("./").trim_end_matches('/');
    let anchored = match trimmed.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if trimmed.contains('/') => trimmed.to_owned(),
        None => format!("**/{trimmed}"),
    };
    [format!("{anchored}/**"), anchored]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(words: &[&str]) -> Vec<Selector> {
        words
            .iter()
            .map(|word| Selector::parse(word).unwrap())
            .collect()
    }

    fn internal(config: &Asked, command_line: &Asked) -> Vec<&'static str> {
        let rules = rules(config, command_line).into_iter();
        rules
            .filter(|rule| rule.category == Category::Internal)
            .map(|rule| rule.code)
            .filter(|code| matches!(*code, "LUT002" | "LUT003" | "LUT004"))
            .collect()
    }

    #[test]
    fn words_name_rules() {
        assert_eq!(Selector::parse("all"), Ok(Selector::All));
        assert_eq!(Selector::parse("lut002"), Ok(Selector::Rule("LUT002")));
        assert_eq!(Selector::parse("rule-failed"), Ok(Selector::Rule("LUT003")));
        assert_eq!(
            Selector::parse("SEC"),
            Ok(Selector::Category(Category::Security))
        );
        assert_eq!(
            Selector::parse("security"),
            Ok(Selector::Category(Category::Security))
        );
        assert_eq!(
            Selector::parse("LUT00"),
            Ok(Selector::Prefix("LUT00".to_owned()))
        );
        assert_eq!(
            Selector::parse("securty").unwrap_err().nearest,
            Some("security")
        );
        assert!(Selector::parse("L").is_err());
    }

    #[test]
    fn rules_are_explained_by_code_or_name() {
        assert_eq!(explain("lut003").unwrap().name, "rule-failed");
        assert_eq!(explain("rule-failed").unwrap().code, "LUT003");
        assert_eq!(
            explain("rule-fail").unwrap_err().to_string(),
            "no rule or category is called `rule-fail`; did you mean `rule-failed`?"
        );
        assert_eq!(known().len(), registry::all().len());
    }

    #[test]
    fn the_narrower_word_holds_and_the_command_line_begins_anew() {
        let all = ["LUT002", "LUT003", "LUT004"];
        let nothing = Asked::default();
        assert_eq!(internal(&nothing, &nothing), all);
        let orm_only = Asked {
            select: Some(selectors(&["ORM"])),
            ..Asked::default()
        };
        assert_eq!(internal(&orm_only, &nothing), ["LUT003"]);
        let config = Asked {
            ignore: selectors(&["LUT"]),
            extend_select: selectors(&["LUT004"]),
            ..Asked::default()
        };
        assert_eq!(internal(&config, &nothing), ["LUT004"]);
        let anew = Asked {
            select: Some(selectors(&["LUT002"])),
            ..Asked::default()
        };
        assert_eq!(internal(&config, &anew), ["LUT002", "LUT003"]);
        let less = Asked {
            ignore: selectors(&["LUT004", "LUT003"]),
            ..Asked::default()
        };
        assert_eq!(internal(&nothing, &less), ["LUT002"]);
        assert_eq!(internal(&config, &less), Vec::<&str>::new());
    }

    #[test]
    fn patterns_leave_rules_out_of_files() {
        let config = Config {
            per_file_ignores: [
                ("tests/".to_owned(), vec!["LUT002".to_owned()]),
                ("site/*/settings.py".to_owned(), vec!["LUT".to_owned()]),
                ("*.html".to_owned(), vec!["LUT004".to_owned()]),
            ]
            .into(),
            ..Config::default()
        };
        let per_file = PerFile::new(&config, "site/");
        assert!(per_file.ignores("shop/tests/test_a.py", "LUT002"));
        assert!(!per_file.ignores("shop/tests/test_a.py", "LUT003"));
        assert!(per_file.ignores("shop/settings.py", "LUT003"));
        assert!(!per_file.ignores("shop/deep/settings.py", "LUT003"));
        assert!(per_file.ignores("templates/a.html", "LUT004"));
    }
}
