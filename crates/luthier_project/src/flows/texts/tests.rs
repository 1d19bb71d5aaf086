use luthier_source::Sources;

use super::*;

const MODELS: &str = "from django.db import models\n\
    class Order(models.Model):\n    number = models.CharField(max_length=20)\n    total = models.IntegerField()\n\
    \x20   status = models.CharField(max_length=2, choices=[('a', 'A')])\n";

const FORMS: &str = "from django import forms\n\
    class Search(forms.Form):\n    term = forms.CharField()\n    limit = forms.IntegerField()\n";

const URLS: &str = "from django.urls import path\nfrom . import views\n\
    urlpatterns = [path('<slug:slug>/<name>/<int:pk>/', views.by_address)]\n";

/// What each text that a view hands over is made of, as `origin: expression`.
fn check(code: &str, expected: &[&str]) {
    let head = "import re\nfrom django.db import connection\nfrom .models import Order\nfrom .forms import Search\n\
                NAMES = ['a', 'b']\nTABLES = {'a': 'shop_a'}\ncursor = connection.cursor()\n";
    let text = format!("{head}{code}");
    let sources = Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_settings')\n",
        ),
        (
            "site_settings.py",
            "ROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = ['shop']\n",
        ),
        ("shop/__init__.py", ""),
        ("shop/models.py", MODELS),
        ("shop/forms.py", FORMS),
        ("shop/urls.py", URLS),
        ("shop/views.py", &text),
    ]);
    let project = Project::from_sources(&sources);
    let module = project.modules.find("shop.views").unwrap();
    let mut found = Vec::new();
    for sql in project.handed_sql(module) {
        for ingredient in project.ingredients(module, sql.text) {
            let file = project.modules.get(ingredient.place.module).file.unwrap();
            let span = project.modules.value(ingredient.place).span();
            let origin = match ingredient.origin {
                Origin::Request => "request",
                Origin::Address => "address",
                Origin::Form(_) => "form",
                Origin::Row(..) => "row",
                Origin::Parameter(_) => "parameter",
            };
            found.push(format!("{origin}: {}", span.text(&sources.file(file).text)));
        }
    }
    assert_eq!(found, expected, "{code}");
}

#[test]
fn texts_are_followed_through_all_ways_of_making_them() {
    check(
        "def view(request):\n\
         \x20   q = request.GET['q']\n\
         \x20   cursor.execute('SELECT ' + q)\n\
         \x20   cursor.execute('SELECT %s, %(x)d' % q)\n\
         \x20   cursor.execute('SELECT {} {a}'.format(1, a=q.strip()))\n\
         \x20   parts = []\n\
         \x20   parts.append(f\"a = '{q}'\")\n\
         \x20   cursor.execute('SELECT 1 WHERE ' + ' AND '.join(parts))\n\
         \x20   cursor.execute('SELECT %d LIMIT {:d}'.format(q) % q)\n",
        &[
            "request: request.GET['q']",
            "request: request.GET['q']",
            "request: request.GET['q']",
            "request: request.GET['q']",
        ],
    );
}

#[test]
fn the_last_assignment_counts_and_checks_do() {
    check(
        "def view(request):\n\
         \x20   q = request.GET['q']\n\
         \x20   q = int(q)\n\
         \x20   cursor.execute(f'SELECT {q}')\n\
         \x20   name = request.GET.get('name', 'a')\n\
         \x20   if name not in NAMES:\n        raise ValueError\n\
         \x20   cursor.execute(f'SELECT {name}')\n\
         \x20   cursor.execute(f'SELECT {TABLES[request.GET[\"t\"]]}')\n\
         \x20   order = request.GET['o'] if request.GET['o'] in NAMES else 'a'\n\
         \x20   cursor.execute(f'SELECT 1 ORDER BY {order}')\n\
         \x20   cursor.execute('SELECT ' + ', '.join(it for it in request.GET.getlist('c') if it in NAMES))\n",
        &[],
    );
    check(
        "PART = re.compile('[a-z]+-')\nWHOLE = re.compile('[a-z]+$')\n\
         def view(request):\n\
         \x20   q = request.GET['q']\n\
         \x20   if WHOLE.match(q):\n        cursor.execute(f'SELECT {q}')\n\
         \x20   if PART.match(q.lower()):\n        cursor.execute(f'SELECT 1, {q}')\n",
        &["request: request.GET['q']"],
    );
    check(
        "def view(request):\n\
         \x20   q = request.GET['q']\n\
         \x20   if not q:\n        return\n\
         \x20   if len(q) > 3:\n        q = 'long'\n\
         \x20   cursor.execute(f'SELECT {q}')\n",
        &["request: request.GET['q']"],
    );
}

#[test]
fn values_are_followed_between_functions() {
    check(
        "def clause(name, value):\n    return f\"{name} = '{value}'\"\n\
         def run(text):\n    cursor.execute(text)\n\
         def view(request):\n    run('SELECT 1 WHERE ' + clause('a', request.POST.get('v')))\n",
        &["request: request.POST.get('v')"],
    );
    check(
        "def run(table):\n    cursor.execute(f'SELECT 1 FROM {table}')\n\
         def one():\n    run('shop_order')\n",
        &[],
    );
    check(
        "def run(table, most: int, row):\n    cursor.execute(f'SELECT 1 FROM {table} LIMIT {most} {row._meta.db_table}')\n",
        &["parameter: table"],
    );
}

#[test]
fn rows_forms_and_addresses_bring_text_where_they_have_any() {
    check(
        "def view(request):\n\
         \x20   order = Order.objects.get(pk=1)\n\
         \x20   cursor.execute(f\"SELECT '{order.number}', '{order.status}', {order.total}, {order.pk}\")\n\
         \x20   form = Search(request.GET)\n\
         \x20   cursor.execute(f\"SELECT '{form.cleaned_data['term']}' LIMIT {form.cleaned_data['limit']}\")\n\
         def by_address(request, slug, name, pk):\n\
         \x20   cursor.execute(f'SELECT {slug}, {name}, {pk}')\n",
        &[
            "row: order.number",
            "form: form.cleaned_data['term']",
            "address: name",
        ],
    );
}

#[test]
fn names_and_placeholders_are_no_text_of_others() {
    check(
        "def view(request):\n\
         \x20   data = {'number': request.POST['n'], 'total': request.POST['t']}\n\
         \x20   sets, values = [], []\n\
         \x20   for name, value in data.items():\n\
         \x20       sets.append(f'{name} = %s')\n        values.append(value)\n\
         \x20   cursor.execute('UPDATE shop_order SET ' + ', '.join(sets), values)\n\
         \x20   for index, name in enumerate(NAMES):\n        cursor.execute(f'SELECT {index}, {name}')\n\
         \x20   inner, params = Order.objects.filter(number=request.GET['n']).query.sql_with_params()\n\
         \x20   cursor.execute(f'SELECT 1 FROM ({inner}) a', params)\n\
         \x20   cursor.execute('SELECT ' + connection.ops.quote_name(request.GET['n']))\n",
        &[],
    );
}
