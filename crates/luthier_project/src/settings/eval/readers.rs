//! What libraries read from the environment: django-environ, environs, python-decouple,
//! dj-database-url.

use std::rc::Rc;
use std::sync::Arc;

use super::calls::{Arguments, Site};
use super::environment::{BOOLEAN_TRUE, Conversion, Empty, Fallback};
use super::values::{K, Library, Reader, SequenceKind, V};
use super::{Evaluator, Outcome};

impl<'a> Evaluator<'a> {
    /// Functions and classes of the libraries that read the environment.
    pub(super) fn call_environment_library(
        &mut self,
        name: &str,
        arguments: &Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<Option<V<'a>>> {
        let place = site.place;
        let reader = |library, scheme| {
            let reader = Reader {
                library,
                prefix: "".into(),
                scheme,
            };
            Some(V::new(K::Reader(Rc::new(reader)), place))
        };
        Ok(match name {
            "os.getenv" | "os.environ.get" => {
                let variable = arguments.get(0, "key").and_then(V::as_str).cloned();
                let Some(variable) = variable else {
                    return Ok(Some(V::unknown(
                        "a variable whose name is not known",
                        place,
                    )));
                };
                let default = arguments.get(1, "default").cloned().unwrap_or_else(V::none);
                let fallback = Fallback::Plain(default);
                Some(self.variable(&variable, &Conversion::Text, fallback, place)?)
            }
            "environ.Env" | "environ.FileAwareEnv" | "environ.environ.Env" => {
                let mut scheme = Vec::new();
                for (variable, given) in &arguments.keywords {
                    let pair = self
                        .closed_items(given)
                        .filter(|_| matches!(given.kind, K::Sequence(_)));
                    let (cast, default) = match pair.as_deref() {
                        Some([cast, default]) => (Some(cast.clone()), Some(default.clone())),
                        Some([cast]) => (Some(cast.clone()), None),
                        _ => (Some(given.clone()), None),
                    };
                    scheme.push((variable.clone(), cast, default));
                }
                reader(Library::DjangoEnviron, scheme)
            }
            "environs.Env" | "environs.FileAwareEnv" => reader(Library::Environs, Vec::new()),
            "decouple.AutoConfig" | "decouple.Config" => reader(Library::Decouple, Vec::new()),
            "environ.Path" => arguments.first().and_then(V::as_text).map(|path| {
                // django-environ's paths are folders: that of `__file__` is the file's own.
                V::new(K::Path(path.clone()), place)
            }),
            "decouple.config" => {
                let reader = Reader::plain(Library::Decouple);
                Some(self.read(&reader, None, arguments, site)?)
            }
            "dj_database_url.config" => {
                let variable = arguments.get(0, "env").and_then(V::as_str).cloned();
                let variable = variable.unwrap_or_else(|| "DATABASE_URL".into());
                let default = arguments.get(1, "default").cloned();
                Some(self.database_config(&variable, default, arguments, place))
            }
            "dj_database_url.parse" => Some(match arguments.get(0, "url") {
                Some(url) => self.parsed_database(&url.clone(), arguments, place),
                None => V::unknown("a database URL", place),
            }),
            _ if name.ends_with(".read_env") || name == "dotenv.load_dotenv" => Some(V::none()),
            _ => None,
        })
    }

    /// `env("X")`, `env.bool("X")`, `config("X", cast=bool)` ...
    pub(super) fn read(
        &mut self,
        reader: &Reader<'a>,
        method: Option<&str>,
        arguments: &Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        let place = site.place;
        let given = arguments.positional.first().or_else(|| {
            ["var", "name", "option", "key", "var_name"]
                .iter()
                .find_map(|name| arguments.keyword(name))
        });
        match method {
            Some("read_env" | "read_envfile" | "seal" | "dump") => return Ok(V::none()),
            Some("prefixed") => {
                let prefix = given.and_then(V::as_str).cloned().unwrap_or_default();
                let prefix: Arc<str> = format!("{}{prefix}", reader.prefix).into();
                return Ok(V::new(
                    K::Reader(Rc::new(Reader {
                        prefix,
                        ..reader.clone()
                    })),
                    place,
                ));
            }
            Some("get_value") | None => {}
            Some(_) => {}
        }
        let Some(variable) = given.and_then(V::as_str) else {
            return Ok(V::unknown("a variable whose name is not known", place));
        };
        let variable: Arc<str> = format!("{}{variable}", reader.prefix).into();
        let planned = reader
            .scheme
            .iter()
            .find(|(name, ..)| *name == variable)
            .cloned();
        let (planned_cast, planned_default) =
            planned.map_or((None, None), |(_, cast, default)| (cast, default));
        let is_cast_second =
            reader.library == Library::DjangoEnviron && matches!(method, None | Some("get_value"));
        let (default, cast) = if is_cast_second {
            (arguments.get(2, "default"), arguments.get(1, "cast"))
        } else {
            (arguments.get(1, "default"), arguments.get(2, "cast"))
        };
        let default = default.cloned().or(planned_default);
        let cast = cast.cloned().or(planned_cast);
        let conversion = match method {
            None | Some("get_value") => match (&cast, &default) {
                (Some(cast), _) => self.conversion_of(cast, reader.library),
                // django-environ casts to the default's type.
                (None, Some(default)) if reader.library == Library::DjangoEnviron => {
                    self.conversion_like(default)
                }
                (None, _) => Conversion::Text,
            },
            Some(method) => match self.conversion_named(method, arguments, reader.library) {
                Some(conversion) => conversion,
                None => {
                    return Ok(V::unknown(
                        "what a library reads from the environment",
                        place,
                    ));
                }
            },
        };
        let exception = match reader.library {
            Library::DjangoEnviron => "ImproperlyConfigured",
            Library::Environs => "EnvError",
            Library::Decouple => "UndefinedValueError",
        };
        let is_url = matches!(conversion, Conversion::Url(_));
        let fallback = match default {
            None => Fallback::Fails(exception),
            Some(value) if reader.library == Library::Decouple || is_url => {
                Fallback::Converted(value)
            }
            Some(value) => Fallback::Plain(value),
        };
        if let Conversion::Url(kind @ ("database" | "cache")) = conversion {
            return self.url_config(kind, &variable, fallback, arguments, place);
        }
        self.variable(&variable, &conversion, fallback, place)
    }

    fn conversion_named(
        &mut self,
        method: &str,
        arguments: &Arguments<'a>,
        library: Library,
    ) -> Option<Conversion<'a>> {
        let subcast = ["subcast", "cast"]
            .iter()
            .find_map(|name| arguments.keyword(name))
            .cloned();
        Some(match method {
            "str" | "unicode" | "bytes" | "get_value" | "url" | "uuid" | "enum" => Conversion::Text,
            "bool" => Conversion::Bool(words_of(library)),
            "int" | "log_level" => Conversion::Int,
            "float" | "decimal" => Conversion::Float,
            "list" | "tuple" => Conversion::Sequence {
                kind: if method == "list" {
                    SequenceKind::List
                } else {
                    SequenceKind::Tuple
                },
                separator: ",".into(),
                empty: match library {
                    Library::DjangoEnviron => Empty::Dropped,
                    Library::Environs | Library::Decouple => Empty::OnlyWhole,
                },
                item: subcast.filter(|cast| matches!(cast.kind, K::Function(_) | K::External(_))),
            },
            "dict" => Conversion::Dict,
            "json" => Conversion::Json,
            "path" => Conversion::Path,
            "timedelta" => Conversion::Duration,
            "db" | "db_url" | "dj_db_url" => Conversion::Url("database"),
            "cache" | "cache_url" | "dj_cache_url" => Conversion::Url("cache"),
            "email" if library == Library::Environs => Conversion::Text,
            "email" | "email_url" | "dj_email_url" => Conversion::Url("email"),
            "search_url" | "channels" | "channels_url" => Conversion::Url("service"),
            _ => return None,
        })
    }

    /// What `cast=...` means.
    fn conversion_of(&mut self, cast: &V<'a>, library: Library) -> Conversion<'a> {
        let list = |kind, separator: Arc<str>, item| Conversion::Sequence {
            kind,
            separator,
            empty: Empty::Dropped,
            item,
        };
        match &cast.kind {
            K::External(name) => match &**name {
                "builtins.bool" => Conversion::Bool(words_of(library)),
                "builtins.int" => Conversion::Int,
                "builtins.float" | "decimal.Decimal" => Conversion::Float,
                "builtins.str" => Conversion::Text,
                "builtins.list" => list(SequenceKind::List, ",".into(), None),
                "builtins.tuple" => list(SequenceKind::Tuple, ",".into(), None),
                "builtins.dict" => Conversion::Dict,
                "json.loads" => Conversion::Json,
                "pathlib.Path" => Conversion::Path,
                "dj_database_url.parse" => Conversion::Url("database"),
                "distutils.util.strtobool" => Conversion::Bool(BOOLEAN_TRUE),
                _ => Conversion::Function(cast.clone()),
            },
            K::Object(object) if &*object.callee == "decouple.Csv" => {
                let argument = |name: &str| {
                    let found = object
                        .arguments
                        .iter()
                        .find(|(own, _)| own.as_deref() == Some(name));
                    found.map(|(_, value)| value.clone())
                };
                let separator = argument("delimiter").and_then(|value| value.as_str().cloned());
                let post = argument("post_process");
                let kind = match post.map(|post| post.kind) {
                    Some(K::External(name)) if &*name == "builtins.tuple" => SequenceKind::Tuple,
                    Some(K::External(name)) if &*name == "builtins.set" => SequenceKind::Set,
                    _ => SequenceKind::List,
                };
                let item = argument("cast").filter(|cast| matches!(cast.kind, K::Function(_)));
                list(kind, separator.unwrap_or_else(|| ",".into()), item)
            }
            // `cast=[str]`
            &K::Sequence(id) => list(self.state.sequence_kind(id), ",".into(), None),
            K::Dict(_) => Conversion::Dict,
            _ => Conversion::Function(cast.clone()),
        }
    }

    fn conversion_like(&mut self, default: &V<'a>) -> Conversion<'a> {
        match &default.kind {
            K::Bool(_) => Conversion::Bool(words_of(Library::DjangoEnviron)),
            K::Int(_) => Conversion::Int,
            K::Float(_) => Conversion::Float,
            &K::Sequence(id) => Conversion::Sequence {
                kind: self.state.sequence_kind(id),
                separator: ",".into(),
                empty: Empty::Dropped,
                item: None,
            },
            K::Dict(_) => Conversion::Dict,
            _ => Conversion::Text,
        }
    }
}

fn words_of(library: Library) -> &'static [&'static str] {
    match library {
        Library::DjangoEnviron => &["true", "on", "ok", "y", "yes", "1"],
        Library::Environs | Library::Decouple => &["y", "yes", "t", "true", "on", "1"],
    }
}
