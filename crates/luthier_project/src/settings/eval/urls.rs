//! URLs that say where a database, cache or mail server is.

use std::rc::Rc;
use std::sync::Arc;

use super::Evaluator;
use super::Outcome;
use super::calls::Arguments;
use super::environment::{Conversion, Fallback};
use super::values::{Dict, Environment, K, ObjId, Unset, V};
use crate::place::Place;
use crate::settings::value::Cast;

const DATABASES: &[(&str, &str)] = &[
    ("postgres", "django.db.backends.postgresql"),
    ("postgresql", "django.db.backends.postgresql"),
    ("psql", "django.db.backends.postgresql"),
    ("pgsql", "django.db.backends.postgresql"),
    ("postgis", "django.contrib.gis.db.backends.postgis"),
    ("mysql", "django.db.backends.mysql"),
    ("mysql2", "django.db.backends.mysql"),
    ("mysql-connector", "mysql.connector.django"),
    ("mysqlgis", "django.contrib.gis.db.backends.mysql"),
    ("oracle", "django.db.backends.oracle"),
    ("spatialite", "django.contrib.gis.db.backends.spatialite"),
    ("sqlite", "django.db.backends.sqlite3"),
    ("cockroachdb", "django_cockroachdb"),
    ("cockroach", "django_cockroachdb"),
    ("redshift", "django_redshift_backend"),
    ("mssql", "mssql"),
];

const CACHES: &[(&str, &str)] = &[
    ("dbcache", "django.core.cache.backends.db.DatabaseCache"),
    ("db", "django.core.cache.backends.db.DatabaseCache"),
    ("dummycache", "django.core.cache.backends.dummy.DummyCache"),
    ("dummy", "django.core.cache.backends.dummy.DummyCache"),
    (
        "filecache",
        "django.core.cache.backends.filebased.FileBasedCache",
    ),
    (
        "file",
        "django.core.cache.backends.filebased.FileBasedCache",
    ),
    (
        "locmemcache",
        "django.core.cache.backends.locmem.LocMemCache",
    ),
    ("locmem", "django.core.cache.backends.locmem.LocMemCache"),
    (
        "memcache",
        "django.core.cache.backends.memcached.PyMemcacheCache",
    ),
    (
        "pymemcache",
        "django.core.cache.backends.memcached.PyMemcacheCache",
    ),
    (
        "memcached",
        "django.core.cache.backends.memcached.PyMemcacheCache",
    ),
    ("rediscache", "django_redis.cache.RedisCache"),
    ("redis", "django_redis.cache.RedisCache"),
    ("rediss", "django_redis.cache.RedisCache"),
];

/// The keys of one entry of `DATABASES` that a URL gives.
const DATABASE_KEYS: [&str; 6] = ["ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT"];

impl<'a> Evaluator<'a> {
    /// A dict as a URL gives it.
    pub(super) fn parsed_url(&mut self, kind: &str, url: &str, place: Option<Place>) -> V<'a> {
        let mut dict = Dict::default();
        let Some((scheme, rest)) = url.split_once(':') else {
            return V::unknown("a URL that is not understood", place);
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = before_query.split_once('/').unwrap_or((before_query, ""));
        let (login, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = server.rsplit_once(':').unwrap_or((server, ""));
        let text = |text: &str| V::str(text, place);
        match kind {
            "database" => {
                let Some(engine) = lookup(DATABASES, scheme) else {
                    return V::unknown("a database URL whose scheme is not known", place);
                };
                let is_file = matches!(scheme, "sqlite" | "spatialite");
                let name = match (is_file, path) {
                    (true, "") => ":memory:",
                    _ => path,
                };
                dict.set(text("ENGINE"), text(engine));
                dict.set(text("NAME"), text(name));
                for (key, value) in [("USER", user), ("PASSWORD", password)] {
                    dict.set(text(key), text(value));
                }
                dict.set(text("HOST"), text(if is_file { "" } else { host }));
                let port = match port.parse() {
                    Ok(number) if !is_file => V::new(K::Int(number), place),
                    _ => text(""),
                };
                dict.set(text("PORT"), port);
            }
            "cache" => {
                let Some(backend) = lookup(CACHES, scheme) else {
                    return V::unknown("a cache URL whose scheme is not known", place);
                };
                dict.set(text("BACKEND"), text(backend));
                let location = if backend.contains("redis") {
                    url
                } else {
                    before_query
                };
                dict.set(text("LOCATION"), text(location));
            }
            _ => dict.open = true,
        }
        dict.open |= !query.is_empty();
        self.new_dict(dict, place)
    }

    /// A URL read from the environment, taken apart: each part comes from the variable, and what is
    /// given beside it is known.
    pub(super) fn url_config(
        &mut self,
        kind: &'static str,
        variable: &Arc<str>,
        fallback: Fallback<'a>,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let whole = self.variable(variable, &Conversion::Url(kind), fallback, place)?;
        let K::Environment(environment) = &whole.kind else {
            self.add_options(&whole, arguments);
            return Ok(whole);
        };
        let unset = match &environment.unset {
            Unset::Value(value) => Some(value.clone()),
            Unset::Fails | Unset::Unknown => None,
        };
        if let Some(V { kind: K::None, .. }) = unset {
            return Ok(whole);
        }
        let keys: &[&str] = if kind == "database" {
            &DATABASE_KEYS
        } else {
            &["BACKEND", "LOCATION"]
        };
        let mut dict = Dict::new(true);
        for key in keys {
            let part = unset.as_ref().map(|unset| self.entry(unset, key));
            let part = Environment {
                variables: environment.variables.clone(),
                cast: Cast::Url(kind),
                unset: match (part, &environment.unset) {
                    (Some(Some(value)), _) => Unset::Value(value),
                    (_, Unset::Fails) => Unset::Fails,
                    _ => Unset::Unknown,
                },
            };
            dict.set(
                V::str(key, place),
                V::new(K::Environment(Rc::new(part)), place),
            );
        }
        let made = self.new_dict(dict, place);
        self.add_options(&made, arguments);
        Ok(made)
    }

    /// What `dj_database_url` and its kin are told beside the URL.
    fn add_options(&mut self, config: &V<'a>, arguments: &Arguments<'a>) {
        let K::Dict(id) = config.kind else { return };
        let options = [
            ("conn_max_age", "CONN_MAX_AGE"),
            ("conn_health_checks", "CONN_HEALTH_CHECKS"),
            ("disable_server_side_cursors", "DISABLE_SERVER_SIDE_CURSORS"),
            ("engine", "ENGINE"),
            ("backend", "BACKEND"),
        ];
        for (argument, key) in options {
            if let Some(value) = arguments.keyword(argument).cloned() {
                let key = V::str(key, value.place);
                self.state.dict_mut(id).set(key, value);
            }
        }
        if let Some(value) = arguments.keyword("ssl_require").cloned()
            && matches!(value.kind, K::Bool(true))
        {
            let mut inner = Dict::new(true);
            inner.set(
                V::str("sslmode", value.place),
                V::str("require", value.place),
            );
            let inner = self.new_dict(inner, value.place);
            self.state
                .dict_mut(id)
                .set(V::str("OPTIONS", value.place), inner);
        }
    }

    /// `dj_database_url.config()`
    pub(super) fn database_config(
        &mut self,
        variable: &Arc<str>,
        default: Option<V<'a>>,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        let fallback = match default {
            Some(V {
                kind: K::Environment(inner),
                ..
            }) => {
                // A variable whose default is another one.
                let whole = V::new(K::Environment(inner), place);
                return self.parsed_database(&whole, arguments, place);
            }
            Some(value) if !matches!(value.kind, K::None) => Fallback::Converted(value),
            _ => Fallback::Plain(self.new_dict(Dict::default(), place)),
        };
        let config = self.url_config("database", variable, fallback, arguments, place);
        let config = config.unwrap_or_else(|_| V::unknown("a database URL", place));
        if let K::Dict(id) = config.kind
            && !self.state.dict(id).is_empty()
        {
            self.add_defaults(id, arguments, place);
        }
        config
    }

    /// `dj_database_url.parse(url)`
    pub(super) fn parsed_database(
        &mut self,
        url: &V<'a>,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        let config = match &url.kind {
            K::Str(text) => self.parsed_url("database", &text.clone(), place),
            K::Environment(environment) => {
                let variable = environment.variables[0].clone();
                let fallback = match &environment.unset {
                    Unset::Value(value) => Fallback::Converted(value.clone()),
                    Unset::Fails | Unset::Unknown => Fallback::Fails("KeyError"),
                };
                let made = self.url_config("database", &variable, fallback, arguments, place);
                made.unwrap_or_else(|_| V::unknown("a database URL", place))
            }
            _ => {
                let mut dict = Dict::new(true);
                for key in DATABASE_KEYS {
                    dict.set(
                        V::str(key, place),
                        V::unknown("part of a database URL", place),
                    );
                }
                self.new_dict(dict, place)
            }
        };
        self.add_options(&config, arguments);
        if let K::Dict(id) = config.kind {
            self.add_defaults(id, arguments, place);
        }
        config
    }

    /// What `dj_database_url` sets where it is not told.
    fn add_defaults(&mut self, id: ObjId, arguments: &Arguments<'a>, place: Option<Place>) {
        let defaults = [
            ("conn_max_age", "CONN_MAX_AGE", K::Int(0)),
            ("conn_health_checks", "CONN_HEALTH_CHECKS", K::Bool(false)),
            (
                "disable_server_side_cursors",
                "DISABLE_SERVER_SIDE_CURSORS",
                K::Bool(false),
            ),
        ];
        for (argument, key, value) in defaults {
            if arguments.keyword(argument).is_none() {
                self.state
                    .dict_mut(id)
                    .set(V::str(key, place), value.into());
            }
        }
    }
}

fn lookup(table: &[(&str, &'static str)], scheme: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(own, _)| *own == scheme)
        .map(|(_, backend)| *backend)
}
