use luthier_source::Sources;

use crate::Project;

const MODELS: &str = "\
from django.db import models
class Owner(models.Model):
    name = models.CharField(max_length=9)
class Tag(models.Model):
    name = models.CharField(max_length=9)
class Product(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE, related_name='products')
    tags = models.ManyToManyField(Tag)
    name = models.CharField(max_length=9)
    def get_absolute_url(self): ...
";

/// What the templates print: file, expression and model, a line each.
fn printed(files: &[(&str, &str)]) -> Vec<String> {
    let settings = "INSTALLED_APPS = ['shop']\nROOT_URLCONF = 'config.urls'\n\
        TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True}]\n";
    let mut all = vec![
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
        ),
        ("config/settings.py", settings),
        ("shop/__init__.py", ""),
        ("shop/models.py", MODELS),
    ];
    all.extend(files);
    let sources = Sources::in_memory(&all);
    let project = Project::from_sources(&sources);
    let mut lines = Vec::new();
    for render in project.renders() {
        for printed in project.printed(render.template, &render.context) {
            let file = sources.file(printed.place.file);
            let span = printed.place.span;
            let name = file.path.rsplit('/').next().unwrap();
            let text = &file.text[span.start as usize..span.end as usize];
            let model = &project.models.get(printed.model).name;
            lines.push(format!("{name} {} {model}", text.trim()));
        }
    }
    lines
}

/// The same for one view that `code` calls `view`, and one template.
fn of_view(code: &str, name: &str, template: &str) -> Vec<String> {
    let code = format!(
        "from django.views.generic import CreateView, DeleteView, DetailView, ListView, UpdateView\nfrom django.shortcuts import render, get_object_or_404\n\
         from shop.models import Product, Owner, Tag\n{code}\n"
    );
    let is_class = code.contains("class V(");
    let view = if is_class {
        "views.V.as_view()"
    } else {
        "views.view"
    };
    let urls = format!(
        "from django.urls import path\nfrom shop import views\nurlpatterns = [path('<int:pk>', {view})]\n"
    );
    let path = format!("shop/templates/{name}");
    printed(&[
        ("config/urls.py", &urls),
        ("shop/views.py", &code),
        (&path, template),
    ])
}

/// What one template prints whose context has a `product`, and all `products`.
fn of_template(template: &str) -> Vec<String> {
    let code = "def view(request, pk):\n    product = Product.objects.get(pk=pk)\n    return render(request, \
        't.html', {'product': product, 'products': Product.objects.all(), 'name': product.name, 'other': pk})";
    of_view(code, "t.html", template)
}

#[test]
fn generic_views_have_default_templates_and_names() {
    let all = "{{ object }}{{ product }}{% for a in object_list %}{{ a }}{% endfor %}\
        {% for b in product_list %}{{ b }}{% endfor %}{% for c in page_obj %}{{ c }}{% endfor %}";
    let of = |code: &str, name: &str| of_view(code, name, all);
    assert_eq!(
        of(
            "class V(ListView):\n    model = Product",
            "shop/product_list.html"
        ),
        ["product_list.html a Product", "product_list.html b Product"]
    );
    assert_eq!(
        of(
            "class V(ListView):\n    queryset = Product.objects.filter(name='a')\n    paginate_by = 9\n    \
             context_object_name = 'things'\n    template_name = 'a.html'",
            "a.html"
        ),
        ["a.html a Product", "a.html c Product"]
    );
    for (base, suffix) in [
        ("DetailView", "detail"),
        ("UpdateView", "form"),
        ("DeleteView", "confirm_delete"),
    ] {
        let name = format!("shop/product_{suffix}.html");
        let file = format!("product_{suffix}.html");
        assert_eq!(
            of(&format!("class V({base}):\n    model = Product"), &name),
            [
                format!("{file} object Product"),
                format!("{file} product Product")
            ]
        );
    }
    // A new row is not there yet.
    let created = of(
        "class V(CreateView):\n    model = Product",
        "shop/product_form.html",
    );
    assert!(created.is_empty(), "{created:?}");
}

#[test]
fn overridden_methods_are_followed_or_leave_it_open() {
    let all = "{{ object }}{% for a in object_list %}{{ a }}{% endfor %}{{ extra }}";
    let of = |code: &str| of_view(code, "a.html", all);
    let list = "class V(ListView):\n    template_name = 'a.html'\n";
    assert_eq!(
        of(&format!(
            "{list}    model = Product\n    def get_queryset(self):\n        rows = super().get_queryset()\n        \
             rows = rows.filter(name='a')\n        return rows.order_by('name')"
        )),
        ["a.html a Product"]
    );
    for open in [
        "    model = Product\n    def get_queryset(self):\n        return super().get_queryset().values('name')",
        "    model = Product\n    def get_queryset(self):\n        return search(self.request)",
        "    model = Product\n    def get_template_names(self):\n        return ['b.html']",
        "    model = Product\n    def get(self, request):\n        return other()",
        "    model = Product\n    def get_context_data(self, **kwargs):\n        return {'extra': 1}",
        "    model = Product\n    def get_context_data(self, **kwargs):\n        context = super().get_context_data(**kwargs)\n        \
         decorate(context)\n        return context",
        "    model = Product\n    def setup(self, request):\n        self.queryset = search(request)",
        "",
    ] {
        let found = of(&format!("{list}{open}"));
        assert!(found.is_empty(), "{open}: {found:?}");
    }
    assert_eq!(
        of(&format!(
            "{list}    model = Product\n    def get_context_data(self, **kwargs):\n        context = super().get_context_data(**kwargs)\n        \
             context['extra'] = Owner.objects.first()\n        return context"
        )),
        ["a.html a Product", "a.html extra Owner"]
    );
    let detail = "class V(DetailView):\n    template_name = 'a.html'\n";
    assert_eq!(
        of(&format!(
            "{detail}    def get_object(self):\n        return get_object_or_404(Owner, pk=1)\n    \
             def get_context_data(self, **kwargs):\n        return super().get_context_data(extra=self.object, **kwargs)"
        )),
        ["a.html object Owner", "a.html extra Owner"]
    );
    let unknown = of(&format!(
        "{detail}    model = Product\n    def get_object(self):\n        return self.request.user"
    ));
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn bases_of_the_project_are_asked_and_unknown_ones_leave_it_open() {
    let of = |code: &str| of_view(code, "shop/product_detail.html", "{{ object }}");
    assert_eq!(
        of(
            "class Base(DetailView):\n    def get_queryset(self):\n        return super().get_queryset().order_by('pk')\n\
            class V(Base):\n    model = Product"
        ),
        ["product_detail.html object Product"]
    );
    let open = of("from package import Mixin\nclass V(Mixin, DetailView):\n    model = Product");
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn calls_that_render_hold_what_their_dict_holds() {
    let of = |code: &str| of_view(code, "a.html", "{{ product }}{{ owner }}");
    assert_eq!(
        of(
            "def view(request, pk):\n    context = {'product': get_object_or_404(Product, pk=pk)}\n    \
            context['owner'] = context['product'].owner\n    return render(request, 'a.html', context)"
        ),
        ["a.html product Product"]
    );
    assert_eq!(
        of("from django.template.loader import render_to_string\n\
            def view(request, pk):\n    owner = Owner.objects.get(pk=pk)\n    \
            return render_to_string('a.html', context={'owner': owner, **{'product': 1}})"),
        ["a.html owner Owner"]
    );
    for open in [
        "context = {'product': Product.objects.get(pk=pk)}\n    fill(context)\n    return render(request, 'a.html', context)",
        "context = {'product': Product.objects.get(pk=pk)}\n    context.update(more(pk))\n    return render(request, 'a.html', context)",
        "context = {'product': Product.objects.get(pk=pk)}\n    context['product'] = 'x'\n    return render(request, 'a.html', context)",
        "return render(request, 'a.html', {'product': Product.objects.get(pk=pk), **more(pk)})",
        "return render(request, 'a.html', {'product': Product.objects.values().get(pk=pk)})",
        "product = Product.objects.get(pk=pk)\n    product = product.name\n    return render(request, 'a.html', {'product': product})",
        "return render(request, name(pk), {'product': Product.objects.get(pk=pk)})",
        "return render(request, 'a.html', {'product': find(pk)})",
    ] {
        let found = of(&format!("def view(request, pk):\n    {open}"));
        assert!(found.is_empty(), "{open}: {found:?}");
    }
}

#[test]
fn only_what_is_printed_counts() {
    for quiet in [
        "{{ product.name }}{{ product.get_absolute_url }}{{ name }}{{ other }}{{ products }}",
        "{% url 'a' product.pk %}{% if product %}x{% endif %}{% with x=product %}{% endwith %}",
        "{{ product|length }}{{ product|yesno }}{{ product|own }}{{ product|pprint }}{{ products|length }}",
        "{% for a, b in products %}{{ a }}{% endfor %}",
        "{% for a in products %}{% empty %}{{ a }}{% endfor %}",
        "{% for product in other %}{{ product }}{% endfor %}",
        "{% for d in products.dates %}{{ d }}{% endfor %}",
        "{# {{ product }} #}{% comment %}{{ product }}{% endcomment %}",
        "{% verbatim %}{{ product }}{% endverbatim %}",
        "{% own product as product %}{{ product }}",
        "{% own %}{{ product }}{% endown %}",
        "{% with product=other %}{{ product }}{% endwith %}",
        "{{ product.tags }}{{ product.tags.all.count }}",
        // Another view's name: this one may never get there.
        "{% if unit %}{{ product }}{% elif mode == 1 %}{{ product }}{% endif %}",
    ] {
        let found = of_template(quiet);
        assert!(found.is_empty(), "{quiet}: {found:?}");
    }
    for (template, expected) in [
        ("{{ product|default:\"-\" }}", "Product"),
        ("{{ product|title|truncatechars:9 }}", "Product"),
        ("{{ product|stringformat:\"s\" }}", "Product"),
        ("{{ product.owner }}", "Owner"),
        ("{{ product.tags.all|join:', ' }}", "Tag"),
        ("{{ products.0 }}", "Product"),
        ("{{ products|first }}", "Product"),
        (
            "{% for p in products|slice:':3' %}<i title=\"{{ p }}\">{% endfor %}",
            "Product",
        ),
        ("{% for t in product.tags.all %}{{ t }}{% endfor %}", "Tag"),
        (
            "{% for p in product.owner.products.all %}{{ p }}{% endfor %}",
            "Product",
        ),
        ("{% with x=product.owner %}{{ x }}{% endwith %}", "Owner"),
        ("{% if other %}{{ product }}{% endif %}", "Product"),
        (
            "{% if unit %}{% if other %}{% else %}{{ product }}{% endif %}{% elif other %}{{ product }}{% endif %}",
            "Product",
        ),
        (
            "{% if unit %}{{ unit }}{% else %}{{ product }}{% endif %}",
            "Product",
        ),
        ("{% if user.is_staff %}{{ product }}{% endif %}", "Product"),
        ("{% spaceless %}{{ product }}{% endspaceless %}", "Product"),
        (
            "{% blocktranslate with x=product %}{{ x }}{% endblocktranslate %}",
            "Product",
        ),
        (
            "{% with product=other %}{% endwith %}{{ product }}",
            "Product",
        ),
    ] {
        let found = of_template(template);
        assert_eq!(found.len(), 1, "{template}: {found:?}");
        assert!(found[0].ends_with(expected), "{template}: {found:?}");
    }
}

#[test]
fn includes_and_blocks_take_the_context_with_them() {
    let view = "from django.views.generic import ListView\nfrom shop.models import Product\n\
        class V(ListView):\n    model = Product\n";
    let urls = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.V.as_view())]\n";
    let of = |list: &str, base: &str, row: &str| {
        printed(&[
            ("config/urls.py", urls),
            ("shop/views.py", view),
            ("shop/templates/shop/product_list.html", list),
            ("shop/templates/base.html", base),
            ("shop/templates/row.html", row),
        ])
    };
    let rows = "{% for p in object_list %}{% include 'row.html' %}{% endfor %}";
    assert_eq!(of(rows, "", "{{ p }}"), ["row.html p Product"]);
    let with = "{% for p in object_list %}{% include 'row.html' with x=p.owner only %}{% endfor %}";
    assert_eq!(of(with, "", "{{ p }}{{ x }}"), ["row.html x Owner"]);
    let child = "{% extends 'base.html' %}{{ object_list.0 }}{% block a %}{{ object_list.0 }}{{ block.super }}{% endblock %}\
        {% block nowhere %}{{ object_list.0 }}{% endblock %}";
    assert_eq!(
        of(
            child,
            "{% block a %}{{ object_list.0.owner }}{% endblock %}",
            ""
        ),
        [
            "product_list.html object_list.0 Product",
            "base.html object_list.0.owner Owner"
        ]
    );
    let child = "{% extends 'base.html' %}{% block a %}{% endblock %}";
    let hidden = of(child, "{% block a %}{{ object_list.0 }}{% endblock %}", "");
    assert!(hidden.is_empty(), "{hidden:?}");
    // A parent from elsewhere shows what is put into its blocks.
    let child = "{% extends other %}{% block a %}{{ object_list.0 }}{% block b %}{% endblock %}{% endblock %}";
    assert_eq!(
        of(child, "", ""),
        ["product_list.html object_list.0 Product"]
    );
    let endless = "{% include 'row.html' %}";
    assert!(
        of(
            endless,
            "",
            "{% include 'row.html' %}{% include 'row.html' %}"
        )
        .is_empty()
    );
}
