//! What is known by name: functions and classes of Django and of packages around it whose meaning
//! for URLs is written here instead of being read from their code.

/// A dotted name and the short name that its meaning goes by here.
type Known = (&'static str, &'static str);

/// Functions and singletons; a name that Django offers in several places stands for each.
const FUNCTIONS: &[Known] = &[
    ("django.conf.settings", "settings"),
    ("django.conf.urls.i18n.i18n_patterns", "i18n_patterns"),
    ("django.conf.urls.include", "include"),
    ("django.conf.urls.static.static", "static"),
    ("django.conf.urls.url", "re_path"),
    ("django.contrib.admin.autodiscover", "admin.autodiscover"),
    ("django.contrib.admin.register", "admin.register"),
    ("django.contrib.admin.decorators.register", "admin.register"),
    ("django.contrib.admin.site", "admin.site"),
    ("django.contrib.admin.sites.site", "admin.site"),
    (
        "django.contrib.staticfiles.urls.staticfiles_urlpatterns",
        "staticfiles",
    ),
    ("django.contrib.auth.get_user_model", "get_user_model"),
    ("django.urls.conf.include", "include"),
    ("django.urls.conf.path", "path"),
    ("django.urls.conf.re_path", "re_path"),
    (
        "django.urls.converters.register_converter",
        "register_converter",
    ),
    ("django.urls.include", "include"),
    ("django.urls.path", "path"),
    ("django.urls.re_path", "re_path"),
    ("django.urls.register_converter", "register_converter"),
    ("django.utils.text.format_lazy", "format_lazy"),
    ("django.utils.translation.gettext", "same"),
    ("django.utils.translation.gettext_lazy", "same"),
    ("django.utils.translation.gettext_noop", "same"),
    ("django.utils.translation.pgettext", "second"),
    ("django.utils.translation.pgettext_lazy", "second"),
    ("django.utils.translation.ugettext_lazy", "same"),
    ("functools.partial", "partial"),
    ("functools.update_wrapper", "update_wrapper"),
    ("functools.wraps", "wraps"),
    ("importlib.import_module", "import_module"),
    ("itertools.chain", "chain"),
    ("itertools.chain.from_iterable", "flatten"),
    (
        "rest_framework.urlpatterns.format_suffix_patterns",
        "format_suffix_patterns",
    ),
];

/// Classes.
const CLASSES: &[Known] = &[
    ("django.contrib.admin.AdminSite", "AdminSite"),
    ("django.contrib.admin.ModelAdmin", "ModelAdmin"),
    ("django.contrib.admin.options.ModelAdmin", "ModelAdmin"),
    ("django.contrib.admin.sites.AdminSite", "AdminSite"),
    ("ninja.NinjaAPI", "NinjaAPI"),
    ("ninja.Router", "NinjaRouter"),
    ("ninja.main.NinjaAPI", "NinjaAPI"),
    ("ninja.router.Router", "NinjaRouter"),
    ("rest_framework.routers.BaseRouter", "BaseRouter"),
    ("rest_framework.routers.DefaultRouter", "DefaultRouter"),
    ("rest_framework.routers.DynamicRoute", "DynamicRoute"),
    ("rest_framework.routers.Route", "Route"),
    ("rest_framework.routers.SimpleRouter", "SimpleRouter"),
    (
        "rest_framework_nested.routers.NestedDefaultRouter",
        "NestedDefaultRouter",
    ),
    ("rest_framework_nested.routers.NestedMixin", "NestedMixin"),
    (
        "rest_framework_nested.routers.NestedSimpleRouter",
        "NestedSimpleRouter",
    ),
];

/// What the known classes inherit from, itself first.
const BASES: &[(&str, &[&str])] = &[
    (
        "DefaultRouter",
        &["DefaultRouter", "SimpleRouter", "BaseRouter"],
    ),
    (
        "NestedDefaultRouter",
        &["NestedMixin", "DefaultRouter", "SimpleRouter", "BaseRouter"],
    ),
    (
        "NestedSimpleRouter",
        &["NestedMixin", "SimpleRouter", "BaseRouter"],
    ),
    ("SimpleRouter", &["SimpleRouter", "BaseRouter"]),
];

/// The packages that something is known of.
const PACKAGES: &[&str] = &[
    "django",
    "functools",
    "importlib",
    "itertools",
    "ninja",
    "rest_framework",
    "rest_framework_nested",
];

/// Whether a dotted name can be one of those known here.
pub(in crate::routes) fn has_package(dotted: &str) -> bool {
    let package = dotted
        .split_once('.')
        .map_or(dotted, |(package, _)| package);
    PACKAGES.contains(&package)
}

fn find(table: &[Known], dotted: &str) -> Option<&'static str> {
    if !has_package(dotted) {
        return None;
    }
    let found = table.iter().find(|(name, _)| *name == dotted);
    found.map(|&(_, known)| known)
}

/// The short name of a known function or singleton.
pub(in crate::routes) fn function(dotted: &str) -> Option<&'static str> {
    find(FUNCTIONS, dotted)
}

/// The short name of a known class.
pub(in crate::routes) fn class(dotted: &str) -> Option<&'static str> {
    find(CLASSES, dotted)
}

/// The resolution order of a known class.
pub(in crate::routes) fn with_bases(name: &'static str) -> impl Iterator<Item = &'static str> {
    let bases = BASES.iter().find(|(class, _)| *class == name);
    let own: &[&'static str] = bases.map_or(&[], |(_, bases)| bases);
    own.iter().copied().chain(own.is_empty().then_some(name))
}

/// Where a known class is defined, dotted.
pub(in crate::routes) fn home(name: &'static str) -> &'static str {
    match name {
        "AdminSite" => "django.contrib.admin.sites.AdminSite",
        "ModelAdmin" => "django.contrib.admin.options.ModelAdmin",
        "NinjaAPI" => "ninja.main.NinjaAPI",
        "NinjaRouter" => "ninja.router.Router",
        _ => "rest_framework.routers",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_name_lies_in_a_known_package() {
        for (dotted, _) in FUNCTIONS.iter().chain(CLASSES) {
            assert!(has_package(dotted), "{dotted}");
        }
    }
}
