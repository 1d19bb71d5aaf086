//! Lays out the Python that fixes write as the file around it is: its quotes, its indentation, and
//! lines no longer than its formatter lets them be.

use luthier_diagnostics::Fix;
use luthier_project::facts::ir::{ComprehensionKind, Stmt};
use luthier_project::facts::{CallRef, Expr, ExprRef};
use luthier_project::{FileFacts, Project};
use luthier_source::{FileId, Sources, Span};

/// What black and ruff let a line be where nobody tells them.
const WIDTH: usize = 88;

/// One step of indentation.
const STEP: &str = "    ";

/// A file that a fix writes to.
#[derive(Clone, Copy)]
pub(crate) struct Layout<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    width: usize,
}

/// An argument that a fix writes.
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    /// What comes before the inner brackets, with them; everything where there are none.
    head: String,
    /// What stands in the inner brackets.
    parts: Vec<String>,
}

impl Argument {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            head: text.into(),
            parts: Vec::new(),
        }
    }

    /// A call: `Prefetch(` with its arguments.
    pub(crate) fn call(head: impl Into<String>, parts: Vec<String>) -> Self {
        Self {
            head: head.into(),
            parts,
        }
    }

    fn text(&self) -> String {
        match &*self.parts {
            [] => self.head.clone(),
            parts => format!("{}{})", self.head, parts.join(", ")),
        }
    }
}

/// What may have a line of its own within brackets: its text, and the expression where it is one.
type Part<'e> = (Span, Option<ExprRef<'e>>);

/// A change to one expression.
struct Change<'c> {
    /// What is replaced, an empty span where something is put in.
    span: Span,
    /// By what, in one line.
    new: String,
    /// The same over several lines: what stands before the brackets, what stands in them besides the
    /// argument, and the argument.
    head: String,
    known: &'c str,
    argument: &'c Argument,
}

impl Change<'_> {
    /// The new text in a line that is indented so.
    fn broken(&self, layout: Layout<'_>, indent: &str) -> String {
        let inner = format!("{indent}{STEP}");
        let separator = if self.known.is_empty() { "" } else { ", " };
        let line = format!("{}{separator}{}", self.known, self.argument.text());
        if layout.fits(&inner, &line) {
            return format!("{}(\n{inner}{line}\n{indent})", self.head);
        }
        let known = match self.known {
            "" => String::new(),
            known => format!("{inner}{known},\n"),
        };
        let end = if known.is_empty() { "" } else { "," };
        let argument = layout.laid(self.argument, &inner);
        format!("{}(\n{known}{inner}{argument}{end}\n{indent})", self.head)
    }
}

impl<'a> Layout<'a> {
    pub(crate) fn of(project: &Project, sources: &'a Sources, file: FileId) -> Self {
        Self {
            file,
            text: &sources.file(file).text,
            width: width(project, sources, file).unwrap_or(WIDTH),
        }
    }

    /// The quote that the strings of an expression have, else that of the file's first.
    pub(crate) fn quote(self, near: ExprRef<'_>) -> char {
        let of = |text: &str| text.chars().find(|c| matches!(c, '"' | '\''));
        of(near.span().text(self.text))
            .or_else(|| of(self.text))
            .unwrap_or('"')
    }

    /// What the line of an offset is indented by.
    pub(crate) fn indent(self, offset: u32) -> &'a str {
        let line = &self.text[self.line_start(offset)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// What stands in the line before an offset.
    pub(crate) fn line_before(self, offset: u32) -> &'a str {
        &self.text[self.line_start(offset)..offset as usize]
    }

    /// The end of the line of an offset, before its line break.
    pub(crate) fn line_end(self, offset: u32) -> u32 {
        let rest = &self.text[offset as usize..];
        offset + rest.find('\n').unwrap_or(rest.len()) as u32
    }

    fn line_start(self, offset: u32) -> usize {
        self.text[..offset as usize]
            .rfind('\n')
            .map_or(0, |at| at + 1)
    }

    /// Whether a line of the file that starts with `head` may go on with `tail`.
    pub(crate) fn fits(self, head: &str, tail: &str) -> bool {
        head.chars().count() + tail.chars().count() <= self.width
    }

    /// An argument on a line of its own that is indented so.
    fn laid(self, argument: &Argument, indent: &str) -> String {
        let text = argument.text();
        if argument.parts.is_empty() || self.fits(indent, &text) {
            return text;
        }
        let inner = format!("{indent}{STEP}");
        let line = argument.parts.join(", ");
        if self.fits(&inner, &line) {
            return format!("{}\n{inner}{line}\n{indent})", argument.head);
        }
        let parts = argument.parts.join(&format!(",\n{inner}"));
        format!("{}\n{inner}{parts},\n{indent})", argument.head)
    }

    /// Writes one more call behind a queryset, in place of `replaced` at its end.
    pub(crate) fn call_behind(
        self,
        fix: Fix,
        queryset: ExprRef<'_>,
        (name, argument): (&str, &Argument),
        replaced: Span,
    ) -> Fix {
        let change = Change {
            span: replaced,
            new: format!(".{name}({})", argument.text()),
            head: format!(".{name}"),
            known: "",
            argument,
        };
        // In a chain that has a line for each call, this one gets a line too.
        let before = replaced.text(self.text);
        let own_line = match last_dot(self.text, queryset) {
            Some(dot) if replaced.is_empty() => {
                let start = self.line_start(dot);
                let before = &self.text[start..dot as usize];
                before.trim().is_empty().then_some(before)
            }
            _ if before.starts_with('\n') => Some(before.trim_matches('\n')).map(|line| {
                let trimmed = line.trim_start();
                &line[..line.len() - trimmed.len()]
            }),
            _ => None,
        };
        let Some(indent) = own_line else {
            return self.written(fix, queryset, &change);
        };
        let call = match self.fits(indent, &change.new) {
            true => change.new.clone(),
            false => change.broken(self, indent),
        };
        fix.replace(self.file, replaced, format!("\n{indent}{call}"))
    }

    /// Writes an argument behind the last one of a call in a queryset's chain, or in place of one.
    pub(crate) fn argument_into(
        self,
        fix: Fix,
        queryset: ExprRef<'_>,
        call: CallRef<'_>,
        (argument, instead): (&Argument, Option<Span>),
    ) -> Option<Fix> {
        let given: Vec<Span> = call
            .arguments()
            .iter()
            .map(|argument| call.expr.at(argument.value).span())
            .collect();
        let open = call.callee.span().end;
        let inside = Span::new(open + 1, call.expr.span().end - 1);
        let last = instead.or(given.last().copied())?;
        let start = self.line_start(last.start);
        let before = &self.text[start..last.start as usize];
        if before.trim().is_empty() {
            let text = self.laid(argument, before);
            if instead.is_some() {
                return Some(fix.replace(self.file, last, text));
            }
            let rest = &self.text[last.end as usize..];
            let end = if rest.starts_with(',') { "" } else { "," };
            let text = format!(",\n{before}{text}{end}");
            return Some(fix.insert(self.file, last.end, text));
        }
        let kept: Vec<&str> = given
            .iter()
            .filter(|span| Some(**span) != instead)
            .map(|span| span.text(self.text))
            .collect();
        let known = kept.join(", ");
        if inside.text(self.text).contains('\n') || call.keywords().next().is_some() {
            return Some(match instead {
                Some(instead) => fix.replace(self.file, instead, argument.text()),
                None => fix.insert(self.file, last.end, format!(", {}", argument.text())),
            });
        }
        let separator = if known.is_empty() { "" } else { ", " };
        let change = Change {
            span: Span::new(open, inside.end + 1),
            new: format!("({known}{separator}{})", argument.text()),
            head: String::new(),
            known: &known,
            argument,
        };
        Some(self.written(fix, queryset, &change))
    }

    /// The change, over several lines where one would be too long.
    fn written(self, fix: Fix, queryset: ExprRef<'_>, change: &Change<'_>) -> Fix {
        let (span, new) = (change.span, &change.new);
        let before = &self.text[self.line_start(span.start)..span.start as usize];
        let after = &self.text[span.end as usize..self.line_end(span.end) as usize];
        // What a comment adds to a line is no reason to break it.
        let after = after.find("  #").map_or(after, |comment| &after[..comment]);
        if self.fits(before, &format!("{new}{after}")) {
            return fix.replace(self.file, span, new);
        }
        let over_lines = self.over_lines(queryset, change);
        // What the fix changes elsewhere in the statement has to stay where it is.
        let is_free = |(whole, _): &(Span, String)| {
            let mut others = fix.edits.iter().filter(|edit| edit.file == self.file);
            !others.any(|edit| whole.encloses(edit.span))
        };
        let Some((whole, text)) = over_lines.filter(is_free) else {
            let text = change.broken(self, self.indent(span.start));
            return fix.replace(self.file, span, text);
        };
        fix.replace(self.file, whole, text)
    }

    /// The value of the statement around a queryset, over several lines.
    fn over_lines(self, queryset: ExprRef<'_>, change: &Change<'_>) -> Option<(Span, String)> {
        let value = value_of_statement(queryset)?;
        let span = value.span();
        let is_bracketed = self.text[..span.start as usize].trim_end().ends_with('(');
        if span.text(self.text).contains('\n') {
            return None;
        }
        let outer = self.indent(span.start);
        let is_chain = span.start == queryset.span().start;
        let text = match (is_chain, is_bracketed) {
            (true, true) => self.by_call(value, change, outer),
            (true, false) => self.in_brackets(value, change, outer),
            (false, _) => self.broken(value, change, outer)?,
        };
        Some((span, text))
    }

    /// A chain in brackets of its own, in one line or with a line for each call.
    fn in_brackets(self, chain: ExprRef<'_>, change: &Change<'_>, outer: &str) -> String {
        let inner = format!("{outer}{STEP}");
        let new = self.changed(chain.span(), change);
        if self.fits(&inner, &new) {
            return format!("(\n{inner}{new}\n{outer})");
        }
        if self.starts(chain, change).len() < 2 {
            return self.changed_to(chain.span(), change, &change.broken(self, outer));
        }
        format!(
            "(\n{inner}{}\n{outer})",
            self.by_call(chain, change, &inner)
        )
    }

    /// Where the calls of a chain start after the change, the first where the chain does.
    fn starts(self, chain: ExprRef<'_>, change: &Change<'_>) -> Vec<usize> {
        let start = chain.span().start;
        let (first, last) = (change.span.start - start, change.span.end - start);
        let grown = change.new.len() as u32;
        let moved = |dot: u32| match dot < first {
            true => Some(dot),
            false if dot >= last => Some(dot + grown - (last - first)),
            false => None,
        };
        let mut dots: Vec<u32> = dots(chain).filter_map(|dot| moved(dot - start)).collect();
        if change.new.starts_with('.') {
            dots.push(first);
        }
        dots.sort_unstable();
        // The first call stays with what it is called on.
        let mut starts: Vec<usize> = dots.into_iter().map(|dot| dot as usize).collect();
        match starts.first_mut() {
            Some(first) => *first = 0,
            None => starts.push(0),
        }
        starts
    }

    /// A chain with a line for each call.
    fn by_call(self, chain: ExprRef<'_>, change: &Change<'_>, inner: &str) -> String {
        let new = self.changed(chain.span(), change);
        let mut starts = self.starts(chain, change);
        starts.push(new.len());
        let first = change.span.start - chain.span().start;
        let grown = change.new.len() as u32;
        let mut lines = String::new();
        let (at, end) = (first as usize, (first + grown) as usize);
        for piece in starts.windows(2) {
            let (from, to) = (piece[0], piece[1]);
            if from > 0 {
                lines.push('\n');
                lines.push_str(inner);
            }
            if from <= at && end <= to && !self.fits(inner, &new[from..to]) {
                lines.push_str(&new[from..at]);
                lines.push_str(&change.broken(self, inner));
                lines.push_str(&new[end..to]);
            } else {
                lines.push_str(&new[from..to]);
            }
        }
        lines
    }

    /// An expression of one line, with what stands in its brackets on lines of its own.
    fn broken(self, expr: ExprRef<'_>, change: &Change<'_>, outer: &str) -> Option<String> {
        let inner = format!("{outer}{STEP}");
        let whole = expr.span();
        let (open, parts) = self.parts(expr)?;
        let inside = Span::new(open, whole.end - 1);
        if !inside.encloses(change.span) {
            return None;
        }
        let text = &self.text;
        let head = Span::new(whole.start, open).text(text);
        let close = &text[whole.end as usize - 1..whole.end as usize];
        let body = self.changed(inside, change);
        if self.fits(&inner, body.trim()) {
            return Some(format!("{head}\n{inner}{}\n{outer}{close}", body.trim()));
        }
        let is_of_clauses = match expr.as_call() {
            Some(call) => {
                let mut given = call.arguments().iter();
                given.any(|given| is_bare(expr.at(given.value)))
            }
            None => matches!(expr.kind(), Expr::Comprehension(..)),
        };
        let mut lines = String::new();
        for (span, part) in parts {
            let mut line = self.changed(span, change).trim().to_owned();
            if !self.fits(&inner, &line) && span.encloses(change.span) {
                let narrower = part.and_then(|part| {
                    let before = Span::new(span.start, part.span().start).text(text);
                    let broken = self.broken(part, change, &inner)?;
                    Some(format!("{}{broken}", before.trim_start()))
                });
                let broken = || {
                    let broken = change.broken(self, &inner);
                    self.changed_to(span, change, &broken).trim().to_owned()
                };
                line = narrower.unwrap_or_else(broken);
            }
            let end = if is_of_clauses { "" } else { "," };
            lines.extend(["\n", &inner, &line, end]);
        }
        Some(format!("{head}{lines}\n{outer}{close}"))
    }

    /// Where the brackets of an expression open, and what has a line of its own within them where all
    /// together have no room.
    fn parts<'e>(self, expr: ExprRef<'e>) -> Option<(u32, Vec<Part<'e>>)> {
        let whole = expr.span();
        let end = whole.end - 1;
        if let Some(call) = expr.as_call() {
            let open = call.callee.span().end + 1;
            let given = call.arguments().iter();
            let given: Vec<ExprRef<'e>> = given.map(|given| expr.at(given.value)).collect();
            if let [only] = &*given
                && is_bare(*only)
            {
                return Some((open, self.clauses(*only, Span::new(open, end))?));
            }
            return Some((open, self.items(open, given)));
        }
        let is_display = whole.text(self.text).starts_with(['(', '[', '{']);
        if !is_display {
            return None;
        }
        let open = whole.start + 1;
        let parts = match expr.kind() {
            Expr::Comprehension(..) => self.clauses(expr, Span::new(open, end))?,
            Expr::Dict(_) => self.items(open, expr.items()?.map(|(_, value)| value).collect()),
            _ => self.items(open, expr.elements()?.collect()),
        };
        Some((open, parts))
    }

    /// The element of a comprehension, and each `for` and `if`.
    fn clauses<'e>(self, expr: ExprRef<'e>, inside: Span) -> Option<Vec<Part<'e>>> {
        let Expr::Comprehension(_, element, clauses) = expr.kind() else {
            return None;
        };
        let mut parts = Vec::new();
        let (mut from, mut end) = (inside.start, expr.at(element).span().end);
        let mut begin = |word: &str, before: u32, behind: u32| {
            let gap = Span::new(end, before).text(self.text);
            let at = end + gap.rfind(word)? as u32;
            parts.push((Span::new(from, at), None));
            (from, end) = (at, behind);
            Some(())
        };
        for clause in expr.body.clauses(clauses) {
            let word = if clause.is_async { "async" } else { "for" };
            let target = expr.at(clause.target).span().start;
            begin(word, target, expr.at(clause.iter).span().end)?;
            for condition in expr.body.list(clause.conditions) {
                begin("if", condition.span().start, condition.span().end)?;
            }
        }
        parts.push((Span::new(from, inside.end), None));
        Some(parts)
    }

    /// Items between commas.
    fn items<'e>(self, open: u32, items: Vec<ExprRef<'e>>) -> Vec<Part<'e>> {
        let mut from = open;
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            let gap = Span::new(from, item.span().end).text(self.text);
            let skipped = gap.len() - gap.trim_start_matches([',', ' ']).len();
            parts.push((
                Span::new(from + skipped as u32, item.span().end),
                Some(item),
            ));
            from = item.span().end;
        }
        parts
    }

    /// The text of a place after the change, where it is there.
    fn changed(self, place: Span, change: &Change<'_>) -> String {
        self.changed_to(place, change, &change.new)
    }

    fn changed_to(self, place: Span, change: &Change<'_>, new: &str) -> String {
        let text = place.text(self.text);
        if !place.encloses(change.span) {
            return text.to_owned();
        }
        let first = (change.span.start - place.start) as usize;
        let last = (change.span.end - place.start) as usize;
        format!("{}{new}{}", &text[..first], &text[last..])
    }
}

/// The line length of the nearest `pyproject.toml` above a file that says one.
fn width(project: &Project, sources: &Sources, file: FileId) -> Option<usize> {
    let mut folder = &*sources.file(file).path;
    loop {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let path = match folder {
            "" => "pyproject.toml".to_owned(),
            folder => format!("{folder}/pyproject.toml"),
        };
        let facts = sources
            .find(&path)
            .and_then(|found| project.files.get(found.0 as usize));
        if let Some(FileFacts::Pyproject(told)) = facts
            && let Some(length) = told.line_length
        {
            return Some(usize::from(length));
        }
        if folder.is_empty() {
            return None;
        }
    }
}

/// The expression of the statement around a queryset.
fn value_of_statement(queryset: ExprRef<'_>) -> Option<ExprRef<'_>> {
    let span = queryset.span();
    let around = queryset
        .body
        .all_statements()
        .filter(|statement| statement.span().encloses(span))
        .min_by_key(|statement| statement.span().len())?;
    let value = match around.kind() {
        Stmt::Assign { value, .. }
        | Stmt::Annotated {
            value: Some(value), ..
        }
        | Stmt::Return(Some(value))
        | Stmt::For { iter: value, .. }
        | Stmt::Expr(value) => queryset.at(value),
        _ => return None,
    };
    value.span().encloses(span).then_some(value)
}

/// Whether an argument is a generator without brackets of its own.
fn is_bare(argument: ExprRef<'_>) -> bool {
    match argument.kind() {
        Expr::Comprehension(ComprehensionKind::Generator, element, _) => {
            argument.at(element).span().start == argument.span().start
        }
        _ => false,
    }
}

/// Where the dots of the calls of a chain stand, outermost first.
fn dots(chain: ExprRef<'_>) -> impl Iterator<Item = u32> {
    let mut next = Some(chain);
    std::iter::from_fn(move || {
        loop {
            let expr = next?;
            match expr.kind() {
                Expr::Call(callee, _) => {
                    let (object, _) = expr.at(callee).as_attribute()?;
                    next = Some(object);
                    return Some(object.span().end);
                }
                Expr::Subscript(object, _) => next = Some(expr.at(object)),
                _ => return None,
            }
        }
    })
}

/// The dot of the last call of a queryset's chain.
fn last_dot(text: &str, queryset: ExprRef<'_>) -> Option<u32> {
    let (object, _) = queryset.as_call()?.callee.as_attribute()?;
    let end = object.span().end;
    let space = text[end as usize..].find('.')?;
    Some(end + space as u32)
}
