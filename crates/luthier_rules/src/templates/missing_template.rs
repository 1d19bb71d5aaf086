use std::collections::BTreeSet;

use luthier_diagnostics::{Category, Confidence, Severity};
use luthier_project::templates::Absence;

use crate::{Check, Context, declare_rule, nearest};

declare_rule! {
    /// A template is named that no loader finds.
    ///
    /// ## Why it matters
    ///
    /// Django looks for a template when it is about to show it: `TemplateDoesNotExist` is a server
    /// error, and only on the path that gets there. A generic view that names none looks for the
    /// usual one, `shop/order_list.html` for a list of `shop.Order`.
    ///
    /// Names are judged where the settings say where all templates are, and where no app whose
    /// code is not there may have them.
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
    /// from pathlib import Path
    ///
    /// BASE_DIR = Path(__file__).resolve().parent.parent
    /// ROOT_URLCONF = "config.urls"
    /// INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "shop"]
    /// TEMPLATES = [
    ///     {
    ///         "BACKEND": "django.template.backends.django.DjangoTemplates",
    ///         "DIRS": [BASE_DIR / "templates"],
    ///         "APP_DIRS": True,
    ///     }
    /// ]
    /// ```
    ///
    /// ```python file=config/urls.py
    /// from django.urls import path
    /// from shop import views
    ///
    /// urlpatterns = [
    ///     path("orders/", views.OrderList.as_view()),
    ///     path("orders/<int:pk>/", views.OrderDetail.as_view()),
    ///     path("orders/<int:pk>/delete/", views.OrderDelete.as_view()),
    ///     path("about/", views.About.as_view()),
    /// ]
    /// ```
    ///
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     paid = models.BooleanField(default=False)
    /// ```
    ///
    /// ```html file=templates/base.html
    /// {% block content %}{% endblock %}
    /// ```
    ///
    /// ```html file=shop/templates/shop/order_detail.html
    /// {% extends "base.html" %}
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django.shortcuts import render
    /// from django.template.loader import render_to_string, select_template
    /// from django.views.generic import DeleteView, DetailView, ListView, TemplateView
    /// from shop.models import Order
    ///
    /// class OrderList(ListView):  # fires
    ///     model = Order
    ///
    /// class OrderDetail(DetailView):
    ///     model = Order
    ///
    /// class OrderDelete(DeleteView):
    ///     model = Order
    ///
    /// class About(TemplateView):
    ///     template_name = "shop/abuot.html"  # fires
    ///
    /// def index(request):
    ///     text = render_to_string("shop/mail.txt", {})  # fires
    ///     select_template(["shop/one.html", "shop/two.html"])  # fires
    ///     return render(request, "order_detail.html", {"text": text})  # fires
    /// ```
    ///
    /// ```python file=shop/templatetags/shop_tags.py
    /// from django import template
    ///
    /// register = template.Library()
    ///
    /// @register.inclusion_tag("shop/total.html")  # fires
    /// def total(order):
    ///     return {"order": order}
    /// ```
    ///
    /// ```python file=shop/forms.py
    /// from django import forms
    ///
    /// class Stars(forms.Widget):
    ///     template_name = "shop/stars.html"  # fires
    /// ```
    ///
    /// ```html file=shop/templates/shop/about.html
    /// {% extends "bases.html" %}{# fires #}
    /// {% block content %}
    /// {% include "shop/row.html" %}{# fires #}
    /// {% endblock %}
    /// ```
    ///
    /// ## Good
    ///
    /// Templates of Django's own apps, names that are made at run time, lists of which one is there,
    /// code that expects to find none, views that show nothing of their own, and what another
    /// language's templates say.
    ///
    /// ```python file=shop/views.py
    /// from django.http import HttpResponse
    /// from django.shortcuts import render
    /// from django.template import TemplateDoesNotExist
    /// from django.template.loader import get_template, select_template
    /// from django.views.generic import DeleteView, DetailView, ListView, TemplateView
    /// from shop.models import Order
    ///
    /// class OrderList(ListView):
    ///     model = Order
    ///
    ///     def get(self, request):
    ///         return HttpResponse("")
    ///
    /// class OrderDetail(DetailView):
    ///     model = Order
    ///
    /// class OrderDelete(DeleteView):
    ///     model = Order
    ///
    /// class About(TemplateView):
    ///     def get_template_names(self):
    ///         return ["shop/about.html"]
    ///
    /// class Unused(TemplateView):
    ///     template_name = "shop/for_subclasses.html"
    ///
    /// def index(request, name):
    ///     try:
    ///         get_template("shop/special.html")
    ///     except TemplateDoesNotExist:
    ///         pass
    ///     select_template(["shop/one.html", "shop/order_detail.html"])
    ///     render(request, f"shop/{name}.html")
    ///     render(request, "registration/password_reset_form.html")
    ///     return render(request, "admin/base_site.html")
    /// ```
    ///
    /// ```html file=shop/templates/shop/about.html
    /// {% extends base %}
    /// {% include "admin/includes/fieldset.html" %}
    /// {% include "django/forms/widgets/input.html" %}
    /// {% include name %}
    /// {# {% include "shop/gone.html" %} #}
    /// ```
    ///
    /// ```html file=shop/jinja2/shop/page.html
    /// {% include "shop/gone.html" ignore missing %}
    /// ```
    RULE = {
        code: "INT006",
        name: "missing-template",
        severity: Severity::Error,
        category: Category::Integrity,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    if project.templates.search_path.is_open {
        ctx.cannot_decide();
        return;
    }
    for named in project.template_uses(ctx.sources) {
        let absences: Option<Vec<Absence>> = named
            .names
            .iter()
            .map(|name| project.absent_template(ctx.sources, name))
            .collect();
        let Some(absences) = absences else { continue };
        let message = match &named.names[..] {
            [name] => format!("there is no template `{name}`"),
            names => format!("there is none of the templates `{}`", names.join("`, `")),
        };
        let meant = named.names.iter().find_map(|name| meant(ctx, name));
        let mut reported = ctx.report(named.place, message);
        if absences.contains(&Absence::Likely) {
            reported.confidence(Confidence::Likely);
        }
        reported.help(match meant {
            Some(known) => format!("did you mean `{known}`?"),
            None => "add the template to a folder that the settings name".to_owned(),
        });
    }
}

/// The only template with the same last part, else the one whose name differs least.
fn meant(ctx: &Context<'_>, name: &str) -> Option<String> {
    let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
    let names: BTreeSet<&str> = ctx.project.templates.names().collect();
    let mut alike = names.iter().filter(|known| last(known) == last(name));
    let only = alike.next().filter(|_| alike.next().is_none());
    let known = only
        .copied()
        .or_else(|| nearest::nearest(name, names.iter().copied()));
    known.map(str::to_owned)
}

#[cfg(test)]
mod near_misses {
    use super::RULE;
    use crate::testing;

    fn check(apps: &str, code: &str) {
        let fixture = format!(
            "--- manage.py\nimport os\n\
             os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n\
             --- config/settings.py\nINSTALLED_APPS = [{apps}]\n\
             TEMPLATES = [{{'BACKEND': 'django.template.backends.django.DjangoTemplates', \
             'APP_DIRS': True}}]\n\
             --- shop/__init__.py\n--- shop/models.py\n--- shop/templates/shop/list.html\n\
             --- tools/__init__.py\n--- tools/models.py\nfrom django.db import models\n\
             --- tools/views.py\nfrom django.shortcuts import render\n\
             def index(request):\n    return render(request, 'tools/gone.html')\n\
             --- shop/views.py\nfrom django.shortcuts import render\n\
             def index(request):\n    {code}\n"
        );
        testing::check(&RULE, &fixture);
    }

    #[test]
    fn apps_outside_may_have_what_is_not_below_the_label_of_another() {
        let apps = "'shop', 'theme_package'";
        check(apps, "return render(request, 'theme/index.html')");
        check(apps, "return render(request, 'base.html')");
        check(apps, "return render(request, 'shop/gone.html')  # fires");
    }

    #[test]
    fn unknown_apps_and_other_engines_may_have_anything() {
        check("*found()", "return render(request, 'shop/gone.html')");
        check(
            "'shop'",
            "return render(request, 'shop/gone.html', using='other')",
        );
        check("'shop'", "return render(request, 'shop/gone.pdf')");
        check(
            "'shop'",
            "return render(request, 'shop/gone.html')  # fires",
        );
    }
}
