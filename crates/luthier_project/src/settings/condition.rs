//! Under which conditions something holds.

use std::sync::Arc;

use crate::place::Place;

/// What decides a branch that the code alone does not decide.
///
/// Two tests are equal where their keys are.
#[derive(Clone, Debug)]
pub struct Test {
    /// What is asked, in one canonical form: equal keys have equal answers within one run.
    pub key: Arc<str>,
    /// What is asked, as a reader sees it.
    pub text: Arc<str>,
    /// The environment variables that the answer depends on.
    pub variables: Vec<Arc<str>>,
    /// The expression that was met first.
    pub place: Option<Place>,
    pub kind: TestKind,
    /// Where one variable is compared with texts: which; true if it is one of these.
    pub compared: Option<Vec<Arc<str>>>,
    /// The answer where none of the variables is set; `None` where that is not known.
    pub when_unset: Option<bool>,
    /// Where it was made of other tests: these. What tells their outcomes apart, tells its own.
    pub parts: Vec<Arc<Test>>,
    /// Tests whose other outcome fails to load, on the ways that this one leads to, and tests that
    /// decide where its own variables are not set.
    pub beside: Vec<Arc<Test>>,
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Test {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestKind {
    /// Only environment variables decide.
    Environment,
    /// Whether a package is installed.
    Installed,
    /// Not understood.
    Unknown,
}

/// The outcome of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub test: Arc<Test>,
    pub holds: bool,
}

impl Fact {
    /// What this outcome says about another test.
    pub fn decides(&self, other: &Test) -> Option<bool> {
        if self.test.key == other.key {
            return Some(self.holds);
        }
        let (own, others) = (self.test.compared.as_ref()?, other.compared.as_ref()?);
        if self.test.variables != other.variables {
            return None;
        }
        let within =
            |few: &[Arc<str>], many: &[Arc<str>]| few.iter().all(|text| many.contains(text));
        if self.holds {
            if within(own, others) {
                return Some(true);
            }
            let apart = !own.iter().any(|text| others.contains(text));
            return apart.then_some(false);
        }
        within(others, own).then_some(false)
    }

    /// The same fact, with what was settled on the ways that its test leads to.
    #[must_use]
    pub fn beside(&self, settled: &[Fact]) -> Self {
        let known = &self.test.beside;
        // Of other texts there may be more to try; that a variable is set, says all there is.
        let tells = |test: &Test| test.compared.is_some() || !test.parts.is_empty();
        let is_new = |fact: &&Fact| {
            tells(&fact.test) && *fact.test != *self.test && !known.contains(&fact.test)
        };
        let more: Vec<_> = settled.iter().filter(is_new).collect();
        if more.is_empty() {
            return self.clone();
        }
        let mut test = (*self.test).clone();
        test.beside
            .extend(more.into_iter().map(|fact| fact.test.clone()));
        Self {
            test: Arc::new(test),
            holds: self.holds,
        }
    }

    pub fn contradicts(&self, other: &Fact) -> bool {
        self.decides(&other.test)
            .is_some_and(|holds| holds != other.holds)
    }
}

/// A conjunction of outcomes; empty where something always holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition(Option<Arc<[Fact]>>);

impl Condition {
    pub const ALWAYS: Self = Self(None);

    pub fn facts(&self) -> &[Fact] {
        self.0.as_deref().unwrap_or(&[])
    }

    pub fn is_always(&self) -> bool {
        self.facts().is_empty()
    }

    pub fn of(facts: &[Fact]) -> Self {
        if facts.is_empty() {
            Self::ALWAYS
        } else {
            Self(Some(facts.into()))
        }
    }

    /// Both; `None` where they contradict each other.
    #[must_use]
    pub fn and(&self, fact: &Fact) -> Option<Self> {
        if self.facts().iter().any(|own| own.contradicts(fact)) {
            return None;
        }
        if self
            .facts()
            .iter()
            .any(|own| own.decides(&fact.test) == Some(fact.holds))
        {
            return Some(self.clone());
        }
        let mut facts = self.facts().to_vec();
        facts.push(fact.clone());
        Some(Self(Some(facts.into())))
    }

    /// Both conditions; `None` where they contradict each other.
    #[must_use]
    pub fn and_all(&self, other: &Self) -> Option<Self> {
        other
            .facts()
            .iter()
            .try_fold(self.clone(), |all, fact| all.and(fact))
    }

    /// The environment variables that decide.
    pub fn variables(&self) -> impl Iterator<Item = &Arc<str>> {
        self.facts().iter().flat_map(|fact| &fact.test.variables)
    }

    /// Whether it holds where no environment variable is set; `None` where that is not known.
    pub fn when_unset(&self) -> Option<bool> {
        let mut known = true;
        for fact in self.facts() {
            match fact.test.when_unset {
                Some(answer) if answer != fact.holds => return Some(false),
                Some(_) => {}
                None => known = false,
            }
        }
        known.then_some(true)
    }

    /// Whether environment variables alone decide.
    pub fn is_environment(&self) -> bool {
        self.facts()
            .iter()
            .all(|fact| fact.test.kind == TestKind::Environment)
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, fact) in self.facts().iter().enumerate() {
            if index > 0 {
                f.write_str(" and ")?;
            }
            if !fact.holds {
                f.write_str("not ")?;
            }
            write!(f, "`{}`", fact.test.text)?;
        }
        Ok(())
    }
}
