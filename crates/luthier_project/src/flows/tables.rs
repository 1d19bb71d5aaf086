//! What is known by name alone about Python, Django and common packages.

/// Whether a method of rows gives rows of the same model.
pub(crate) fn keeps_rows(name: &str) -> bool {
    rows_method(name) == Some(RowsMethod::Rows)
}

/// Whether a method of rows gives one of them.
pub(crate) fn takes_row(name: &str) -> bool {
    rows_method(name) == Some(RowsMethod::Row)
}

/// What a method of rows gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowsMethod {
    Rows,
    Row,
    Other,
    /// Something else, and only the managers of relations have it.
    Related,
}

impl RowsMethod {
    /// The method's full name.
    pub(super) fn dotted(self, name: &str) -> String {
        let class = match self {
            Self::Related => "django.db.models.fields.related_descriptors.RelatedManager",
            Self::Rows | Self::Row | Self::Other => "django.db.models.query.QuerySet",
        };
        format!("{class}.{name}")
    }
}

/// A method that every queryset or related manager has.
pub(super) fn rows_method(name: &str) -> Option<RowsMethod> {
    Some(match name {
        "alias" | "all" | "annotate" | "complex_filter" | "db_manager" | "defer" | "difference"
        | "distinct" | "exclude" | "extra" | "fetch_mode" | "filter" | "get_queryset"
        | "intersection" | "none" | "only" | "order_by" | "prefetch_related" | "raw"
        | "reverse" | "select_for_update" | "select_related" | "union" | "using" => {
            RowsMethod::Rows
        }
        "acreate" | "aearliest" | "afirst" | "aget" | "alast" | "alatest" | "create"
        | "earliest" | "first" | "get" | "last" | "latest" => RowsMethod::Row,
        "aaggregate" | "abulk_create" | "abulk_update" | "acontains" | "acount" | "adelete"
        | "aexists" | "aexplain" | "aget_or_create" | "aggregate" | "ain_bulk" | "aiterator"
        | "aupdate" | "aupdate_or_create" | "bulk_create" | "bulk_update" | "contains"
        | "count" | "dates" | "datetimes" | "delete" | "exists" | "explain" | "get_or_create"
        | "in_bulk" | "iterator" | "update" | "update_or_create" | "values" | "values_list" => {
            RowsMethod::Other
        }
        "aadd" | "aclear" | "add" | "aremove" | "aset" | "clear" | "remove" | "set" => {
            RowsMethod::Related
        }
        _ => return None,
    })
}

/// Classes among Python's builtins, whose call makes an instance.
const BUILTIN_CLASSES: &[&str] = &[
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "list",
    "map",
    "memoryview",
    "object",
    "range",
    "reversed",
    "set",
    "slice",
    "str",
    "tuple",
    "zip",
];

/// Methods of text that give text.
const TEXT_TO_TEXT: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "expandtabs",
    "format",
    "format_map",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "removeprefix",
    "removesuffix",
    "replace",
    "rjust",
    "rstrip",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

/// What functions and methods give an instance of, by full name.
const RESULTS: &[(&str, &str)] = &[
    ("builtins.ascii", "builtins.str"),
    ("builtins.bin", "builtins.str"),
    ("builtins.bytes.decode", "builtins.str"),
    ("builtins.chr", "builtins.str"),
    ("builtins.dict.copy", "builtins.dict"),
    ("builtins.dict.items", "builtins.dict_items"),
    ("builtins.dict.keys", "builtins.dict_keys"),
    ("builtins.dict.values", "builtins.dict_values"),
    ("builtins.format", "builtins.str"),
    ("builtins.hex", "builtins.str"),
    ("builtins.input", "builtins.str"),
    ("builtins.list.copy", "builtins.list"),
    ("builtins.open", "io.TextIOWrapper"),
    ("builtins.repr", "builtins.str"),
    ("builtins.set.copy", "builtins.set"),
    ("builtins.sorted", "builtins.list"),
    ("builtins.str.encode", "builtins.bytes"),
    ("builtins.str.rsplit", "builtins.list"),
    ("builtins.str.split", "builtins.list"),
    ("builtins.str.splitlines", "builtins.list"),
    ("celery.utils.log.get_task_logger", "logging.Logger"),
    ("datetime.date.today", "datetime.date"),
    ("datetime.datetime.now", "datetime.datetime"),
    ("datetime.datetime.strptime", "datetime.datetime"),
    ("datetime.datetime.utcnow", "datetime.datetime"),
    (
        "django.contrib.messages.get_messages",
        "django.contrib.messages.storage.base.BaseStorage",
    ),
    (
        "django.db.connection.cursor",
        "django.db.backends.utils.CursorWrapper",
    ),
    (
        "django.shortcuts.redirect",
        "django.http.response.HttpResponseRedirect",
    ),
    (
        "django.shortcuts.render",
        "django.http.response.HttpResponse",
    ),
    (
        "django.template.loader.get_template",
        "django.template.backends.base.Template",
    ),
    ("django.template.loader.render_to_string", "builtins.str"),
    ("django.urls.reverse", "builtins.str"),
    ("django.utils.timezone.localtime", "datetime.datetime"),
    ("django.utils.timezone.now", "datetime.datetime"),
    ("django.utils.translation.gettext", "builtins.str"),
    ("django.utils.translation.gettext_lazy", "builtins.str"),
    ("django.utils.translation.ngettext", "builtins.str"),
    ("django.utils.translation.pgettext", "builtins.str"),
    ("logging.getLogger", "logging.Logger"),
    ("os.getcwd", "builtins.str"),
    ("os.path.abspath", "builtins.str"),
    ("os.path.basename", "builtins.str"),
    ("os.path.dirname", "builtins.str"),
    ("os.path.join", "builtins.str"),
    ("re.compile", "re.Pattern"),
    ("requests.session", "requests.Session"),
    ("urllib.parse.quote", "builtins.str"),
    ("urllib.parse.urlencode", "builtins.str"),
    ("urllib.parse.urljoin", "builtins.str"),
];

/// The class of what calling something outside gives, by its full name.
pub(super) fn result_of(dotted: &str) -> Option<&str> {
    if let Some(method) = dotted.strip_prefix("builtins.str.")
        && TEXT_TO_TEXT.contains(&method)
    {
        return Some("builtins.str");
    }
    if let Ok(found) = RESULTS.binary_search_by_key(&dotted, |&(name, _)| name) {
        return Some(RESULTS[found].1);
    }
    is_class(dotted).then_some(dotted)
}

/// Whether something outside is a class by its name: packages name classes, and only classes, in
/// capitals.
pub(super) fn is_class(dotted: &str) -> bool {
    if let Some(builtin) = dotted.strip_prefix("builtins.") {
        let is_exception = builtin.ends_with("Error") || builtin.ends_with("Exception");
        return is_exception || BUILTIN_CLASSES.contains(&builtin);
    }
    let last = dotted.rsplit('.').next().unwrap_or(dotted);
    last.starts_with(|letter: char| letter.is_ascii_uppercase())
        && last.contains(|letter: char| letter.is_ascii_lowercase())
}

/// Attributes of what these name are values, not code.
pub(super) fn holds_values(dotted: &str) -> bool {
    matches!(dotted, "django.conf.settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(RESULTS.is_sorted());
    }

    #[test]
    fn capitals_name_classes() {
        assert_eq!(result_of("requests.Session"), Some("requests.Session"));
        assert_eq!(result_of("builtins.str.strip"), Some("builtins.str"));
        assert_eq!(result_of("builtins.dict"), Some("builtins.dict"));
        assert_eq!(result_of("tool.MAKE"), None);
        assert_eq!(result_of("tool.make"), None);
    }
}
