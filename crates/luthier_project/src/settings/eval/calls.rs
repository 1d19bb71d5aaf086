//! Calls: functions of the project are followed, well-known ones understood, others named.

use std::rc::Rc;
use std::sync::Arc;

use super::statements::Flow;
use super::values::{Function, Item, K, Library, Object, Reader, V};
use super::{Evaluator, Frame, MAX_CALLS, Outcome, Raise};
use crate::facts::ir::{Expr, ParamKind};
use crate::facts::{CallRef, ExprRef};
use crate::place::Place;
use crate::settings::condition::Fact;

/// The arguments of a call, evaluated.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments<'a> {
    pub(super) positional: Vec<V<'a>>,
    pub(super) keywords: Vec<(Arc<str>, V<'a>)>,
    /// There may be more, by `*args` or `**kwargs`.
    pub(super) open: bool,
}

impl<'a> Arguments<'a> {
    /// The argument at a position or under a keyword.
    pub(super) fn get(&self, position: usize, name: &str) -> Option<&V<'a>> {
        self.positional.get(position).or_else(|| self.keyword(name))
    }

    pub(super) fn keyword(&self, name: &str) -> Option<&V<'a>> {
        self.keywords
            .iter()
            .find(|(keyword, _)| **keyword == *name)
            .map(|(_, value)| value)
    }

    pub(super) fn first(&self) -> Option<&V<'a>> {
        self.positional.first()
    }

    fn named(self) -> Vec<(Option<Arc<str>>, V<'a>)> {
        let positional = self.positional.into_iter().map(|value| (None, value));
        let keywords = self
            .keywords
            .into_iter()
            .map(|(name, value)| (Some(name), value));
        positional.chain(keywords).collect()
    }
}

/// One call while it is worked out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    pub(super) expr: ExprRef<'a>,
    pub(super) place: Option<Place>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn call(&mut self, frame: &mut Frame<'a>, call: CallRef<'a>) -> Outcome<V<'a>> {
        let callee = self.expr(frame, call.callee)?;
        let arguments = self.arguments(frame, call)?;
        let site = Site {
            expr: call.expr,
            place: Self::place_of(frame, call.expr),
        };
        self.apply_call(frame, &callee, arguments, site)
    }

    fn arguments(&mut self, frame: &mut Frame<'a>, call: CallRef<'a>) -> Outcome<Arguments<'a>> {
        let mut arguments = Arguments::default();
        for argument in call.arguments() {
            let expr = call.expr.at(argument.value);
            let value = self.expr(frame, expr)?;
            match (expr.kind(), argument.keyword) {
                (_, Some(keyword)) => {
                    arguments
                        .keywords
                        .push((frame.facts.text(keyword).into(), value));
                }
                (Expr::Starred(_), _) => match self.closed_items(&value) {
                    Some(items) => arguments.positional.extend(items),
                    None => arguments.open = true,
                },
                (Expr::DoubleStarred(_), _) => {
                    let K::Dict(id) = value.kind else {
                        arguments.open = true;
                        continue;
                    };
                    let dict = self.state.dict(id).clone();
                    arguments.open |= dict.open;
                    for entry in dict.entries() {
                        match entry.key.as_str() {
                            Some(key) => {
                                arguments.keywords.push((key.clone(), entry.value.clone()));
                            }
                            None => arguments.open = true,
                        }
                    }
                }
                _ => arguments.positional.push(value),
            }
        }
        Ok(arguments)
    }

    pub(super) fn apply_call(
        &mut self,
        frame: &mut Frame<'a>,
        callee: &V<'a>,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        match &callee.kind {
            K::Function(function) => self.call_function(&function.clone(), arguments, site.place),
            K::Class(class) => self.instantiate(&class.clone(), arguments, site),
            K::External(name) => self.call_external(frame, &name.clone(), arguments, site),
            K::Method(method) => {
                let method = method.clone();
                self.call_method(frame, &method.0, &method.1, arguments, site)
            }
            K::Reader(reader) => self.read(&reader.clone(), None, &arguments, site),
            // Of the paths only those of django-environ can be called; that gives a text.
            K::Path(path) => {
                let joined = self.path_method(&path.clone(), "joinpath", &arguments, site.place);
                Ok(match joined.kind {
                    K::Path(path) => V::new(K::Str(path), site.place),
                    _ => joined,
                })
            }
            K::OneOf(alternatives) => self.each(alternatives.clone(), site.place, |own, callee| {
                own.apply_call(frame, &callee, arguments.clone(), site)
            }),
            K::Object(object) => {
                let callee = format!("{}()", object.callee);
                Ok(self.object(&callee, arguments, site.place))
            }
            _ => Ok(V::unknown(
                "the result of a call that is not followed",
                site.place,
            )),
        }
    }

    /// The result of a call that is not followed.
    pub(super) fn object(
        &mut self,
        callee: &str,
        arguments: Arguments<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        let object = Object {
            callee: callee.into(),
            arguments: arguments.named(),
        };
        V::new(K::Object(Rc::new(object)), place)
    }

    /// Runs a function of the project.
    pub(super) fn run_function(
        &mut self,
        function: &Function<'a>,
        mut arguments: Arguments<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let declared = function.facts.function(function.id);
        let body = function.facts.body(declared.body);
        if self.calls >= MAX_CALLS
            || declared.is_generator
            || declared.is_async
            || body.body().skipped
        {
            return Ok(V::unknown(
                "the result of a function that is not followed",
                place,
            ));
        }
        if arguments.open {
            return Ok(V::unknown("a call whose arguments are not known", place));
        }
        let scope = self.state.new_scope();
        if let Some(receiver) = &function.receiver {
            arguments.positional.insert(0, receiver.clone());
        }
        self.bind_parameters(function, arguments, scope)?;
        let mut scopes = vec![scope];
        scopes.extend_from_slice(&function.scopes);
        let mut frame = Frame {
            module: function.module,
            file: self.modules.get(function.module).file,
            facts: function.facts,
            scopes,
            globals: Vec::new(),
        };
        self.calls += 1;
        let statements: Vec<_> = body.statements().collect();
        let flow = stacker::maybe_grow(512 * 1024, 4 * 1024 * 1024, || {
            self.block(&mut frame, &statements)
        });
        self.calls -= 1;
        let returned = self.returned(flow)?;
        let body = frame.file.map(|file| Place::new(file, declared.span));
        Ok(asked_at(returned, body, place))
    }

    /// What a function's ways of ending come to.
    fn returned(&mut self, flow: Flow<'a>) -> Outcome<V<'a>> {
        match flow {
            Flow::Return(value) => Ok(value),
            Flow::Raise(raise) => Err(raise),
            Flow::Next | Flow::Break | Flow::Continue => Ok(V::none()),
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                let not = Fact {
                    test: fact.test.clone(),
                    holds: !fact.holds,
                };
                let mark = self.path.len();
                self.path.push(fact.clone());
                let first = self.returned(first);
                self.path.truncate(mark);
                self.path.push(not.clone());
                let second = self.returned(second);
                self.path.truncate(mark);
                match (first, second) {
                    (Ok(first), Ok(second)) => Ok(self.merge_values(&fact, first, second)),
                    (Err(raise), Err(_)) => Err(raise),
                    (Err(raise), Ok(value)) => {
                        self.note_raise(&not, &raise);
                        Ok(value)
                    }
                    (Ok(value), Err(raise)) => {
                        self.note_raise(&fact, &raise);
                        Ok(value)
                    }
                }
            }
        }
    }

    fn bind_parameters(
        &mut self,
        function: &Function<'a>,
        arguments: Arguments<'a>,
        scope: super::values::ScopeId,
    ) -> Outcome<()> {
        let declared = function.facts.function(function.id);
        let mut positional = arguments.positional.into_iter();
        let mut keywords = arguments.keywords;
        for param in &declared.params {
            let name: Arc<str> = function.facts.text(param.name).into();
            let value = match param.kind {
                ParamKind::Arguments => {
                    let rest: Vec<_> = positional.by_ref().collect();
                    self.new_tuple(rest, None)
                }
                ParamKind::Keywords => {
                    let mut dict = super::values::Dict::default();
                    for (keyword, value) in keywords.drain(..) {
                        dict.set(V::str(&keyword, None), value);
                    }
                    self.new_dict(dict, None)
                }
                _ => {
                    let given = match param.kind {
                        ParamKind::KeywordOnly => None,
                        _ => positional.next(),
                    };
                    let given = given.or_else(|| {
                        let index = keywords.iter().position(|(keyword, _)| *keyword == name)?;
                        Some(keywords.remove(index).1)
                    });
                    let default = || function.defaults.iter().find(|(own, _)| *own == name);
                    match given.or_else(|| default().map(|(_, value)| value.clone())) {
                        Some(value) => value,
                        None => {
                            return Err(Raise {
                                exception: "TypeError",
                            });
                        }
                    }
                }
            };
            let place = value.place;
            self.assign(scope, &name, value, place);
        }
        Ok(())
    }

    // ---- attributes ----

    pub(super) fn attribute(
        &mut self,
        frame: &mut Frame<'a>,
        value: &V<'a>,
        name: &str,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        match &value.kind {
            K::OneOf(alternatives) => self.each(alternatives.clone(), place, |own, value| {
                own.attribute(frame, &value, name, expr)
            }),
            K::Module(module) => self.module_attribute(*module, name, place),
            K::External(dotted) => Ok(self.external_attribute(&dotted.clone(), name, place)),
            K::Instance(_) | K::Class(_) => self.member(value, name, place),
            K::Path(path) => Ok(self.path_attribute(value, &path.clone(), name, place)),
            &K::Duration(span) => Ok(duration_attribute(value, span, name, place)),
            K::Unknown(_) => Ok(value.clone().at(place)),
            _ => Ok(V::new(
                K::Method(Rc::new((value.clone(), name.into()))),
                place,
            )),
        }
    }

    /// What a module's `__file__` is.
    pub(super) fn file_of(&self, module: crate::modules::ModuleId, place: Option<Place>) -> V<'a> {
        match self.modules.get(module).file {
            Some(file) => {
                let path = &self.sources.file(file).path;
                V::str(&format!("{}/{path}", crate::settings::ROOT), place)
            }
            None => V::unknown("the path of an installed module", place),
        }
    }

    fn module_attribute(
        &mut self,
        module: crate::modules::ModuleId,
        name: &str,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let loaded = self.load(module);
        if name == "__dict__" {
            return Ok(V::new(K::Names(loaded.scope), place));
        }
        if let Some(variable) = self.state.name(loaded.scope, name) {
            return Ok(variable.value.clone());
        }
        match name {
            "__file__" => return Ok(self.file_of(module, place)),
            "__name__" => return Ok(V::str(&self.modules.get(module).name, place)),
            _ if name.starts_with("__") => return Ok(V::unknown("a module's own name", place)),
            _ => {}
        }
        let dotted = format!("{}.{name}", self.modules.get(module).name);
        if let Some(id) = self
            .modules
            .find(&dotted)
            .filter(|id| self.modules.is_repository(*id))
        {
            self.load(id);
            return Ok(V::new(K::Module(id), place));
        }
        match self.is_open(loaded.scope) {
            Some(why) => Ok(V::new(K::Unknown(why.clone()), place)),
            None if self.guards == 0 => {
                Ok(V::unknown("a name that its module does not have", place))
            }
            None => Err(Raise {
                exception: "AttributeError",
            }),
        }
    }

    pub(super) fn external_attribute(
        &mut self,
        dotted: &str,
        name: &str,
        place: Option<Place>,
    ) -> V<'a> {
        let full = format!("{dotted}.{name}");
        match full.as_str() {
            "os.environ" => V::new(K::Environ, place),
            "os.sep" | "os.path.sep" => V::str("/", place),
            "os.pathsep" => V::str(":", place),
            "os.linesep" => V::str("\n", place),
            "os.curdir" | "os.path.curdir" => V::str(".", place),
            "os.pardir" | "os.path.pardir" => V::str("..", place),
            "sys.argv" => {
                let command = Item::one(V::str("manage.py", None));
                self.new_list(vec![command], place)
            }
            "sys.version_info" => {
                let version = [3, 12, 0].map(|part| K::Int(part).into()).to_vec();
                self.new_tuple(version, place)
            }
            "django.VERSION" => match self.assumptions.django {
                Some(version) => {
                    let version = [version.major, version.minor, 0]
                        .map(|part| K::Int(i64::from(part)).into())
                        .to_vec();
                    self.new_tuple(version, place)
                }
                None => V::new(K::External(full.into()), place),
            },
            "sys.version_info.major" => V::new(K::Int(3), place),
            "environs.env" => V::new(K::Reader(Rc::new(Reader::plain(Library::Environs))), place),
            "typing.TYPE_CHECKING" => V::bool(false, place),
            _ => {
                if let Some(constant) = super::builtins::constant(&full) {
                    return V::new(constant, place);
                }
                self.outside_name(dotted, name, place)
            }
        }
    }
}

/// `days`, `seconds` and `microseconds` as Python normalises them.
fn duration_attribute<'a>(value: &V<'a>, span: i64, name: &str, place: Option<Place>) -> V<'a> {
    const SECOND: i64 = 1_000_000;
    const DAY: i64 = 24 * 60 * 60 * SECOND;
    let part = match name {
        "days" => span.div_euclid(DAY),
        "seconds" => span.rem_euclid(DAY) / SECOND,
        "microseconds" => span.rem_euclid(SECOND),
        _ => {
            return V::new(K::Method(Rc::new((value.clone(), name.into()))), place);
        }
    };
    V::new(K::Int(part), place)
}

/// What a function reads from the environment, as read where it is called: its own code serves any
/// variable.
fn asked_at<'a>(value: V<'a>, body: Option<Place>, call: Option<Place>) -> V<'a> {
    let is_within = |place: &Place| {
        body.is_some_and(|body| body.file == place.file && body.span.encloses(place.span))
    };
    match value.kind {
        K::Environment(_) if value.place.as_ref().is_some_and(is_within) => V {
            place: call,
            ..value
        },
        K::OneOf(alternatives) => {
            let alternatives = alternatives.iter().cloned();
            let asked = alternatives.map(|(when, value)| (when, asked_at(value, body, call)));
            V {
                kind: K::OneOf(asked.collect()),
                ..value
            }
        }
        _ => value,
    }
}
