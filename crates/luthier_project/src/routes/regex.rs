//! The capturing groups of a regular expression, as far as URL patterns need them.
//!
//! Two questions, each answered as Django answers it: which groups a match hands to the view, and
//! which arguments a reversed name can fill in. The first is Python's `re`; the second is Django's
//! own simplification, which takes the smallest number of repetitions, tries an optional group
//! with and without, and gives up on alternatives outside of groups.

use super::pattern::{Param, ParamKind};

/// Above this many combinations of optional groups a pattern counts as not understood.
const MAX_FORMS: usize = 64;

/// What a regular expression captures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Named groups in order; those that a match may leave out are optional.
    pub named: Vec<Group>,
    /// Unnamed groups in order.
    pub unnamed: Vec<Group>,
    /// The names of arguments that fill the pattern, one list a form. `None`: the pattern has
    /// alternatives or something else that Django cannot reverse by its groups.
    pub forms: Option<Vec<Vec<String>>>,
}

/// One capturing group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: Option<String>,
    /// The text between the parentheses, without the name.
    pub text: String,
    pub optional: bool,
}

impl Groups {
    /// What a match of the pattern hands to the view.
    pub fn params(&self) -> Vec<Param> {
        let groups = if self.named.is_empty() {
            &self.unnamed
        } else {
            &self.named
        };
        let param = |group: &Group| Param {
            name: group.name.clone(),
            kind: ParamKind::Regex(group.text.clone()),
            optional: group.optional,
        };
        groups.iter().map(param).collect()
    }
}

/// Reads the groups out of a pattern. `None` where the pattern is no regular expression.
pub fn groups(pattern: &str) -> Option<Groups> {
    let mut parser = Parser {
        chars: pattern.char_indices().collect(),
        text: pattern,
        at: 0,
        found: Groups::default(),
    };
    let node = parser.alternatives(0)?;
    if parser.at < parser.chars.len() {
        return None;
    }
    let mut counter = 0;
    parser.found.forms = node
        .forms(&mut counter)
        .filter(|forms| forms.len() <= MAX_FORMS);
    Some(parser.found)
}

/// What is left of the expression: groups and how often they stand.
#[derive(Debug)]
enum Node {
    /// A capturing group; what is inside is filled as one.
    Capture {
        name: Option<String>,
    },
    Sequence(Vec<Node>),
    /// At most once or any number of times, at least `least`.
    Repeat {
        least: u32,
        inner: Box<Node>,
    },
    /// More than one branch, outside of capturing groups.
    Alternatives,
    /// What captures nothing.
    Nothing,
}

impl Node {
    /// The lists of arguments that fill the node; unnamed groups are counted over the whole pattern.
    fn forms(&self, counter: &mut usize) -> Option<Vec<Vec<String>>> {
        match self {
            Self::Capture { name } => {
                let name = name.clone().unwrap_or_else(|| {
                    *counter += 1;
                    format!("_{}", *counter - 1)
                });
                Some(vec![vec![name]])
            }
            Self::Sequence(nodes) => {
                let mut forms: Vec<Vec<String>> = vec![Vec::new()];
                for node in nodes {
                    let inner = node.forms(counter)?;
                    if forms.len() * inner.len() > MAX_FORMS {
                        return None;
                    }
                    forms = inner
                        .iter()
                        .flat_map(|tail| {
                            forms
                                .iter()
                                .map(move |head| [&head[..], &tail[..]].concat())
                        })
                        .collect();
                }
                Some(forms)
            }
            Self::Repeat { least, inner } => {
                let mut forms = inner.forms(counter)?;
                let captures = forms.iter().any(|form| !form.is_empty());
                match (least, captures) {
                    (0, true) => forms.insert(0, Vec::new()),
                    (0, false) => forms = vec![Vec::new()],
                    _ => {}
                }
                Some(forms)
            }
            Self::Alternatives => None,
            Self::Nothing => Some(vec![Vec::new()]),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    chars: Vec<(usize, char)>,
    at: usize,
    found: Groups,
}

/// Groups nested deeper than this are not followed.
const MAX_DEPTH: u32 = 50;

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).map(|&(_, char)| char)
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek();
        self.at += usize::from(char.is_some());
        char
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn offset(&self) -> usize {
        self.chars
            .get(self.at)
            .map_or(self.text.len(), |&(offset, _)| offset)
    }

    /// Branches up to a closing parenthesis or the end; groups in one of several are optional.
    fn alternatives(&mut self, depth: u32) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (named, unnamed) = (self.found.named.len(), self.found.unnamed.len());
        let mut first = self.sequence(depth)?;
        let mut several = false;
        while self.eat('|') {
            self.sequence(depth)?;
            several = true;
        }
        if several {
            self.make_optional(named, unnamed);
            first = Node::Alternatives;
        }
        Some(first)
    }

    fn make_optional(&mut self, named: usize, unnamed: usize) {
        let since = self.found.named[named..].iter_mut();
        for group in since.chain(&mut self.found.unnamed[unnamed..]) {
            group.optional = true;
        }
    }

    fn sequence(&mut self, depth: u32) -> Option<Node> {
        let mut nodes = Vec::new();
        while let Some(char) = self.peek() {
            if matches!(char, '|' | ')') {
                break;
            }
            let (named, unnamed) = (self.found.named.len(), self.found.unnamed.len());
            let node = self.atom(depth)?;
            let least = self.quantifier();
            if least == Some(0) {
                self.make_optional(named, unnamed);
            }
            match (node, least) {
                (Node::Nothing, _) => {}
                (node, Some(least)) => nodes.push(Node::Repeat {
                    least,
                    inner: Box::new(node),
                }),
                (node, None) => nodes.push(node),
            }
        }
        Some(Node::Sequence(nodes))
    }

    /// One item.
    fn atom(&mut self, depth: u32) -> Option<Node> {
        match self.next()? {
            '\\' => {
                self.next()?;
                Some(Node::Nothing)
            }
            '[' => {
                self.class()?;
                Some(Node::Nothing)
            }
            '(' => self.group(depth),
            _ => Some(Node::Nothing),
        }
    }

    /// A character class, after its opening bracket.
    fn class(&mut self) -> Option<()> {
        self.eat('^');
        // A bracket that comes first is an ordinary member.
        self.eat(']');
        loop {
            match self.next()? {
                '\\' => {
                    self.next()?;
                }
                ']' => return Some(()),
                _ => {}
            }
        }
    }

    /// A group, after its opening parenthesis.
    fn group(&mut self, depth: u32) -> Option<Node> {
        if !self.eat('?') {
            return self.capture(None, depth);
        }
        match self.next()? {
            ':' | '>' => self.plain(depth),
            'P' => match self.next()? {
                '<' => {
                    let name = self.until('>')?;
                    self.capture(Some(name), depth)
                }
                // `(?P=name)` repeats what the group matched.
                '=' => self.until(')').map(|_| Node::Nothing),
                _ => None,
            },
            '#' => self.until(')').map(|_| Node::Nothing),
            '=' | '!' => self.aside(depth),
            '<' => match self.next()? {
                '=' | '!' => self.aside(depth),
                _ => None,
            },
            // `(?(1)yes|no)`
            '(' => {
                self.until(')')?;
                self.plain(depth)?;
                Some(Node::Alternatives)
            }
            _ => self.flags(depth),
        }
    }

    /// `(?i)` and `(?i:...)`, after the first letter.
    fn flags(&mut self, depth: u32) -> Option<Node> {
        loop {
            match self.next()? {
                ')' => return Some(Node::Nothing),
                ':' => return self.plain(depth),
                char if char.is_ascii_alphabetic() || char == '-' => {}
                _ => return None,
            }
        }
    }

    fn plain(&mut self, depth: u32) -> Option<Node> {
        let node = self.alternatives(depth + 1)?;
        self.eat(')').then_some(node)
    }

    /// A look-around: what is in it captures for a match, but fills nothing in reverse.
    fn aside(&mut self, depth: u32) -> Option<Node> {
        self.plain(depth).map(|_| Node::Nothing)
    }

    fn capture(&mut self, name: Option<String>, depth: u32) -> Option<Node> {
        let start = self.offset();
        let unnamed = name.is_none();
        let group = Group {
            name: name.clone(),
            text: String::new(),
            optional: false,
        };
        let list = if unnamed {
            &mut self.found.unnamed
        } else {
            &mut self.found.named
        };
        list.push(group);
        let index = list.len() - 1;
        self.alternatives(depth + 1)?;
        let end = self.offset();
        if !self.eat(')') {
            return None;
        }
        let text = self.text[start..end].to_owned();
        let list = if unnamed {
            &mut self.found.unnamed
        } else {
            &mut self.found.named
        };
        list[index].text = text;
        Some(Node::Capture { name })
    }

    fn until(&mut self, end: char) -> Option<String> {
        let start = self.offset();
        loop {
            let offset = self.offset();
            if self.next()? == end {
                return Some(self.text[start..offset].to_owned());
            }
        }
    }

    /// The least number of repetitions of the item before, where something quantifies it.
    fn quantifier(&mut self) -> Option<u32> {
        let least = match self.peek()? {
            '*' | '?' => {
                self.at += 1;
                0
            }
            '+' => {
                self.at += 1;
                1
            }
            '{' => {
                let start = self.at;
                self.at += 1;
                let inside = self.until('}');
                let bounds = inside.as_deref().and_then(|inside| {
                    let (low, high) = inside.split_once(',').unwrap_or((inside, "0"));
                    let number =
                        |text: &str| text.is_empty() || text.bytes().all(|b| b.is_ascii_digit());
                    (!inside.is_empty() && number(low) && number(high))
                        .then(|| low.parse().unwrap_or(0))
                });
                let Some(least) = bounds else {
                    // A brace that quantifies nothing stands for itself.
                    self.at = start + 1;
                    return None;
                };
                least
            }
            _ => return None,
        };
        // Lazy and possessive marks.
        if matches!(self.peek(), Some('?' | '+')) {
            self.at += 1;
        }
        Some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::groups;

    fn named(pattern: &str) -> Vec<(String, bool)> {
        let found = groups(pattern).unwrap();
        let name = |group: &super::Group| (group.name.clone().unwrap(), group.optional);
        found.named.iter().map(name).collect()
    }

    fn forms(pattern: &str) -> Option<Vec<Vec<String>>> {
        groups(pattern).unwrap().forms
    }

    #[test]
    fn groups_are_found_whatever_stands_in_them() {
        let found = groups(r"^(?P<year>[0-9]{4})/(?P<slug>[\w()\]-]+)/\(x\)$").unwrap();
        let names: Vec<_> = found
            .named
            .iter()
            .map(|g| (g.name.as_deref().unwrap(), g.text.as_str()))
            .collect();
        assert_eq!(names, [("year", "[0-9]{4}"), ("slug", r"[\w()\]-]+")]);
        assert!(found.unnamed.is_empty());
    }

    #[test]
    fn what_may_be_left_out_is_optional() {
        assert_eq!(
            named(r"^a/(?:(?P<page>\d+)/)?(?P<rest>.*)$"),
            [("page".into(), true), ("rest".into(), false)]
        );
        assert_eq!(
            named(r"^(?:(?P<a>x)|(?P<b>y))$"),
            [("a".into(), true), ("b".into(), true)]
        );
    }

    #[test]
    fn reversing_tries_optional_groups_with_and_without() {
        assert_eq!(
            forms(r"^a/(?:(?P<page>\d+)/)?$"),
            Some(vec![vec![], vec!["page".to_owned()]])
        );
        assert_eq!(
            forms(r"^(\d+)/(x|y)/$"),
            Some(vec![vec!["_0".to_owned(), "_1".to_owned()]])
        );
        assert_eq!(forms(r"^(?:a|b)/(?P<pk>\d+)$"), None);
        assert_eq!(forms(r"^(?:[\w\-]+/)*$"), Some(vec![vec![]]));
        assert_eq!(
            forms(r"^(?P<lang>(?P<a>x)|y)$"),
            Some(vec![vec!["lang".to_owned()]])
        );
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for pattern in ["(", "(?P<a", "[", "a)", "(?x"] {
            assert_eq!(groups(pattern), None, "{pattern}");
        }
        assert!(groups("a{b}").is_some() && groups("").is_some());
    }
}
