use luthier_diagnostics::{Category, Severity};
use luthier_project::templates::{UnknownKind, UnknownTag};

use crate::{Check, Context, declare_rule, nearest};

declare_rule! {
    /// A template uses a tag or a filter that no library has which it loads.
    ///
    /// ## Why it matters
    ///
    /// Django raises `TemplateSyntaxError` when it reads the template: every page with it is a server
    /// error. What a template loads holds for that file alone: one that extends it, or is included,
    /// loads its own.
    ///
    /// Templates are judged where the settings say which libraries every template has, and where the
    /// code of all that they load is there.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ```python file=config/__init__.py
    /// ```
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.humanize", "shop", "crispy_package"]
    /// TEMPLATES = [
    ///     {
    ///         "BACKEND": "django.template.backends.django.DjangoTemplates",
    ///         "APP_DIRS": True,
    ///         "OPTIONS": {
    ///             "builtins": ["shop.everywhere"],
    ///             "libraries": {"marks": "shop.marks"},
    ///         },
    ///     }
    /// ]
    /// ```
    ///
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ```python file=shop/models.py
    /// ```
    ///
    /// ```python file=shop/everywhere.py
    /// from django.template import Library
    ///
    /// register = Library()
    ///
    /// @register.simple_tag
    /// def version():
    ///     return "1"
    /// ```
    ///
    /// ```python file=shop/marks.py
    /// from django import template
    ///
    /// register = template.Library()
    ///
    /// def stars(value):
    ///     return "*" * value
    ///
    /// register.filter("stars", stars)
    /// register.simple_tag(stars, name="star_row")
    /// ```
    ///
    /// ```python file=shop/templatetags/__init__.py
    /// ```
    ///
    /// ```python file=shop/templatetags/shop_tags.py
    /// from django import template
    /// from django.template.defaultfilters import stringfilter
    ///
    /// register = template.Library()
    ///
    /// @register.filter
    /// @stringfilter
    /// def shout(value):
    ///     return value.upper()
    ///
    /// @register.filter(name="price")
    /// def as_price(value):
    ///     return value
    ///
    /// @register.inclusion_tag("shop/total.html", takes_context=True)
    /// def total(context):
    ///     return {}
    ///
    /// @register.tag("repeat")
    /// def do_repeat(parser, token):
    ///     parser.parse(("between", "endrepeat"))
    /// ```
    ///
    /// ```python file=shop/templatetags/made_tags.py
    /// from django import template
    ///
    /// register = template.Library()
    ///
    /// for name in ("one", "two"):
    ///     register.filter(name, str)
    /// ```
    ///
    /// ## Bad
    ///
    /// ```html file=shop/templates/shop/list.html
    /// {% load shop_tags marks %}
    /// {% load numbers from shop_tags %}{# fires #}
    /// {% totals %}{# fires #}
    /// {{ order.price|prize }}{# fires #}
    /// {% if order.price|intcomma %}{# fires #}
    /// {% endif %}
    /// {% static "shop.css" %}{# fires #}
    /// {% translate "Orders" %}{# fires #}
    /// ```
    ///
    /// ```html file=shop/templates/shop/detail.html
    /// {% extends "shop/list.html" %}
    /// {% block more %}
    /// {% total %}{# fires #}
    /// {% endblock %}
    /// ```
    ///
    /// ## Good
    ///
    /// Tags within tags, libraries that are made in a loop or whose code is not there, what the
    /// settings give to every template, and what stands in comments.
    ///
    /// ```html file=shop/templates/shop/list.html
    /// {% load shop_tags marks static i18n %}
    /// {% load intcomma from humanize %}
    /// {%csrf_token%}{%version%}{% total %}{% star_row 5 %}
    /// {% repeat %}{{ 3|stars }}{% between %}{{ name|shout|price }}{% endrepeat %}
    /// {% blocktranslate count n=1 %}One{% plural %}{{ n }}{% endblocktranslate %}
    /// {{ order.price|intcomma }}{% static "shop.css" %}
    /// {% comment %}{% gone %}{% endcomment %}{# {% gone %} #}
    /// {% verbatim %}{% gone %}{{ x|gone }}{% endverbatim %}
    /// ```
    ///
    /// ```html file=shop/templates/shop/made.html
    /// {% load made_tags %}
    /// {{ x|one }}
    /// ```
    ///
    /// ```html file=shop/templates/shop/form.html
    /// {% load crispy_forms_tags %}
    /// {% crispy form %}{{ form|crispy }}
    /// ```
    ///
    /// ```html file=elsewhere/templates/elsewhere/page.html
    /// {% gone %}
    /// ```
    RULE = {
        code: "INT010",
        name: "unknown-template-tag",
        severity: Severity::Error,
        category: Category::Integrity,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let Some(unknown) = ctx.project.unknown_tags(ctx.sources) else {
        ctx.cannot_decide();
        return;
    };
    for one in unknown {
        let name = &one.name;
        let message = match &one.kind {
            UnknownKind::Tag => format!("no loaded library has a tag `{name}`"),
            UnknownKind::Filter => format!("no loaded library has a filter `{name}`"),
            UnknownKind::Loaded(library) => {
                format!("the library `{library}` has neither a tag nor a filter `{name}`")
            }
        };
        ctx.report(one.place, message).help(help(&one));
    }
}

fn help(unknown: &UnknownTag) -> String {
    if let [library, ..] = &unknown.libraries[..] {
        return format!("write `{{% load {library} %}}` in this template");
    }
    let known = unknown.known.iter().map(String::as_str);
    match nearest::nearest(&unknown.name, known) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "load the library that defines it".to_owned(),
    }
}
