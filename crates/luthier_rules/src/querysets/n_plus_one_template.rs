use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::Consumer;

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A template asks the database for each row that it shows.
    ///
    /// ## Why it matters
    ///
    /// `{{ order.customer.name }}` in a `{% for %}` is one more query for each order, and nothing in
    /// the template or the view shows it. Blocks of the templates that it extends, includes, tags and
    /// filters of the project, methods and properties of models are followed; so are the contexts that
    /// views, generic views and context processors give.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.shortcuts import render
    /// from shop.models import Order
    ///
    /// def orders(request):
    ///     orders = Order.objects.order_by("pk")
    ///     return render(request, "shop/orders.html", {"orders": orders})
    ///
    /// def counts(request):
    ///     orders = Order.objects.all()
    ///     return render(request, "shop/counts.html", {"orders": orders})
    /// ```
    ///
    /// ```html file=shop/templates/shop/orders.html
    /// {% for order in orders %}
    ///   {% include "shop/row.html" %}
    /// {% endfor %}
    /// ```
    ///
    /// ```html file=shop/templates/shop/counts.html
    /// {% for order in orders %}
    ///   {{ order.lines.count }} lines {# fires #}
    /// {% endfor %}
    /// ```
    ///
    /// ```html file=shop/templates/shop/row.html
    /// <p>{{ order.customer.name }}</p> {# fires #}
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/views.py
    /// from django.shortcuts import render
    /// from shop.models import Order
    ///
    /// def orders(request):
    ///     orders = Order.objects.order_by("pk").select_related("customer")
    ///     return render(request, "shop/orders.html", {"orders": orders})
    ///
    /// def counts(request):
    ///     orders = Order.objects.prefetch_related("lines")
    ///     return render(request, "shop/counts.html", {"orders": orders})
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.shortcuts import get_object_or_404, render
    /// from shop.models import Order
    ///
    /// def orders(request):
    ///     orders = Order.objects.select_related("customer").prefetch_related("lines")
    ///     return render(request, "shop/orders.html", {"orders": orders})
    ///
    /// def order(request, pk):
    ///     return render(request, "shop/order.html", {"order": get_object_or_404(Order, pk=pk)})
    /// ```
    ///
    /// ```html file=shop/templates/shop/orders.html
    /// {% for order in orders %}
    ///   <p>{{ order.customer.name }}, {{ order.lines.count }} lines, key {{ order.customer_id }}</p>
    /// {% endfor %}
    /// ```
    ///
    /// ```html file=shop/templates/shop/order.html
    /// <h1>{{ order.customer.name }}</h1>
    /// {% for line in order.lines.all %}<p>{{ line.order.customer.name }}</p>{% endfor %}
    /// ```
    N_PLUS_ONE_TEMPLATE = {
        code: "ORM002",
        name: "n-plus-one-template",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report_of(context, Consumer::Template);
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;

    use super::N_PLUS_ONE_TEMPLATE;
    use crate::testing::check;

    #[test]
    fn what_is_kept_in_a_fragment_may_not_be_asked_for() {
        let found = check(
            &N_PLUS_ONE_TEMPLATE,
            "
--- shop/models.py
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=100)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    payer = models.ForeignKey(Customer, models.CASCADE, related_name='paid')

--- shop/views.py
from django.shortcuts import render
from shop.models import Order

def orders(request):
    return render(request, 'shop/orders.html', {'orders': Order.objects.all()})

--- shop/templates/shop/orders.html
{% load cache %}
{% for order in orders %}
  {% cache 600 order order.pk %}
    {{ order.customer.name }}  # fires
  {% endcache %}
  {{ order.payer.name }}  # fires
{% endfor %}
",
        );
        let found: Vec<Confidence> = found.findings.iter().map(|one| one.confidence).collect();
        assert_eq!(found, [Confidence::Possible, Confidence::Likely]);
    }
}
