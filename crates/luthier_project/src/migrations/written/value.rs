//! Values as `makemigrations` writes them: `django.db.migrations.serializer`.

use std::fmt::Write;

use super::code::Code;
use crate::migrations::value::{Condition, Connector, Made, Value};
use crate::modules::Modules;

/// Names that the state has without the module between: `django.db.models.functions.__all__` of
/// Django 6.0.
const FUNCTIONS: &[&str] = &[
    "Cast",
    "Coalesce",
    "Collate",
    "Greatest",
    "Least",
    "NullIf",
    "Extract",
    "ExtractDay",
    "ExtractHour",
    "ExtractMinute",
    "ExtractMonth",
    "ExtractQuarter",
    "ExtractSecond",
    "ExtractWeek",
    "ExtractIsoWeekDay",
    "ExtractWeekDay",
    "ExtractIsoYear",
    "ExtractYear",
    "Now",
    "Trunc",
    "TruncDate",
    "TruncDay",
    "TruncHour",
    "TruncMinute",
    "TruncMonth",
    "TruncQuarter",
    "TruncSecond",
    "TruncTime",
    "TruncWeek",
    "TruncYear",
    "JSONArray",
    "JSONObject",
    "Abs",
    "ACos",
    "ASin",
    "ATan",
    "ATan2",
    "Ceil",
    "Cos",
    "Cot",
    "Degrees",
    "Exp",
    "Floor",
    "Ln",
    "Log",
    "Mod",
    "Pi",
    "Power",
    "Radians",
    "Random",
    "Round",
    "Sign",
    "Sin",
    "Sqrt",
    "Tan",
    "MD5",
    "SHA1",
    "SHA224",
    "SHA256",
    "SHA384",
    "SHA512",
    "Chr",
    "Concat",
    "ConcatPair",
    "Left",
    "Length",
    "Lower",
    "LPad",
    "LTrim",
    "Ord",
    "Repeat",
    "Replace",
    "Reverse",
    "Right",
    "RPad",
    "RTrim",
    "StrIndex",
    "Substr",
    "Trim",
    "Upper",
    "UUID4",
    "UUID7",
    "CumeDist",
    "DenseRank",
    "FirstValue",
    "Lag",
    "LastValue",
    "Lead",
    "NthValue",
    "Ntile",
    "PercentRank",
    "Rank",
    "RowNumber",
];

/// What only `django.db.models.expressions` has.
const EXPRESSIONS: &[&str] = &["CombinedExpression", "NegatedExpression", "RawSQL"];

/// The code that makes a value; `None` where that is not known.
pub(super) fn value(modules: &Modules, value: &Value) -> Option<Code> {
    let all = |items: &[Value]| -> Option<Vec<Code>> {
        items
            .iter()
            .map(|item| self::value(modules, item))
            .collect()
    };
    Some(match value {
        Value::None => Code::plain("None"),
        Value::Bool(true) => Code::plain("True"),
        Value::Bool(false) => Code::plain("False"),
        Value::Int(number) => Code::plain(number.to_string()),
        Value::Number(text) => Code::plain(&**text),
        Value::Str(text) => Code::text(text),
        Value::Bytes(text) => Code::plain(bytes(text)?),
        Value::List(items) | Value::Items(items) => Code::list(all(items)?),
        Value::Tuple(items) => in_brackets("(", ')', all(items)?),
        Value::Set(items) if items.is_empty() => Code::call("set"),
        Value::Set(items) => in_brackets("{", '}', all(items)?),
        Value::Dict(entries) => {
            let mut dict = Code::bracketed("{".to_owned(), '}');
            for (key, entry) in entries.iter() {
                let key = self::value(modules, key)?;
                let before = format!("{}: ", key.laid_out(0, 0, 0));
                dict = dict.item_after(&before, self::value(modules, entry)?);
                dict.imports.extend(key.imports);
            }
            dict
        }
        Value::Object(dotted) => named(modules, dotted)?,
        Value::Made(made) => self::made(modules, made)?,
        Value::Condition(condition) => self::condition(modules, condition)?,
        Value::Foreign(_) | Value::Lambda(_) | Value::Unknown => return None,
    })
}

/// The call that makes an object, its keywords in order as `DeconstructibleSerializer` has them.
pub(super) fn made(modules: &Modules, made: &Made) -> Option<Code> {
    let class = named(modules, &made.class)?;
    let mut call = Code::call(&class.laid_out(0, 0, 0));
    call.imports.extend(class.imports);
    for argument in &made.arguments {
        call = call.item(value(modules, argument)?);
    }
    let mut keywords: Vec<_> = made.keywords.iter().collect();
    keywords.sort_by(|one, two| one.0.cmp(&two.0));
    for (name, given) in keywords {
        call = call.argument(name, value(modules, given)?);
    }
    Some(call)
}

fn condition(modules: &Modules, condition: &Condition) -> Option<Code> {
    let mut call = Code::call("models.Q").import_from("django.db", "models");
    for child in &condition.children {
        call = call.item(value(modules, child)?);
    }
    let connector = match condition.connector {
        Connector::And => None,
        Connector::Or => Some("OR"),
        Connector::Xor => Some("XOR"),
    };
    if let Some(connector) = connector {
        call = call.argument("_connector", Code::text(connector));
    }
    if condition.is_negated {
        call = call.argument("_negated", Code::plain("True"));
    }
    Some(call)
}

fn in_brackets(open: &str, close: char, items: Vec<Code>) -> Code {
    let brackets = Code::bracketed(open.to_owned(), close);
    items.into_iter().fold(brackets, Code::item)
}

/// A class, function or member by its full dotted name.
fn named(modules: &Modules, dotted: &str) -> Option<Code> {
    if let Some(name) = dotted.strip_prefix("builtins.") {
        return Some(Code::plain(name));
    }
    if let Some(setting) = dotted.strip_prefix("django.conf.settings.") {
        let code = Code::plain(format!("settings.{setting}"));
        return Some(code.import_from("django.conf", "settings"));
    }
    let (module, name) = dotted.rsplit_once('.')?;
    let module = match module {
        "django.db.models" if FUNCTIONS.contains(&name) => "django.db.models.functions",
        "django.db.models" if EXPRESSIONS.contains(&name) => "django.db.models.expressions",
        "django.db.models" if matches!(name, "DEFERRED" | "IMMEDIATE") => {
            let code = Code::plain(format!("models.Deferrable.{name}"));
            return Some(code.import_from("django.db", "models"));
        }
        "django.db.models" => {
            let code = Code::plain(format!("models.{name}"));
            return Some(code.import_from("django.db", "models"));
        }
        "django.contrib.postgres" => of_postgres(name)?,
        "django.contrib.gis" if name.ends_with("Field") => "django.contrib.gis.db.models.fields",
        "django.contrib.gis" => return None,
        // What is within a class comes by the module of the class.
        module => outermost_module(modules, module),
    };
    let module = module.to_owned();
    let rest = match dotted.strip_prefix(&*module) {
        Some(rest) => rest.to_owned(),
        None => format!(".{name}"),
    };
    if rest.contains('<') {
        return None;
    }
    Some(Code::plain(format!("{module}{rest}")).import(&module))
}

/// The longest part of a dotted name that is a module, as far as that is known.
fn outermost_module<'d>(modules: &Modules, dotted: &'d str) -> &'d str {
    let mut part = dotted;
    loop {
        if modules.find(part).is_some() {
            return part;
        }
        match part.rsplit_once('.') {
            Some((outer, _)) => part = outer,
            None => return dotted,
        }
    }
}

fn of_postgres(name: &str) -> Option<&'static str> {
    Some(match name {
        "ExclusionConstraint" => "django.contrib.postgres.constraints",
        "OpClass" => "django.contrib.postgres.indexes",
        "RandomUUID" | "TransactionNow" => "django.contrib.postgres.functions",
        name if name.starts_with("Search") => "django.contrib.postgres.search",
        name if name.ends_with("Index") => "django.contrib.postgres.indexes",
        name if name.ends_with("Field") => "django.contrib.postgres.fields",
        "RangeBoundary" | "RangeOperators" => "django.contrib.postgres.fields",
        _ => return None,
    })
}

fn bytes(text: &str) -> Option<String> {
    let mut out = String::from("b\"");
    for letter in text.chars() {
        let byte = u8::try_from(u32::from(letter)).ok()?;
        match byte {
            b'"' | b'\\' => out.extend(['\\', letter]),
            b' '..=b'~' => out.push(letter),
            byte => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    Some(out)
}
