use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::Consumer;

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A list of the admin asks the database for each row that it shows.
    ///
    /// ## Why it matters
    ///
    /// The admin joins foreign keys that are columns of the list by itself, but only those that may
    /// not be null, and none where a column is a method, a property or a path. A nullable foreign key,
    /// a method that follows a relation, a field to choose from in `list_editable` or in an inline is
    /// a query for each row, and editors look at a hundred rows a page.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Coupon(models.Model):
    ///     code = models.CharField(max_length=20)
    ///     owner = models.ForeignKey(Customer, models.CASCADE)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     coupon = models.ForeignKey(Coupon, models.SET_NULL, null=True)
    /// ```
    ///
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from shop.models import Coupon, Customer, Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = [
    ///         "customer",
    ///         "coupon",  # fires
    ///     ]
    ///
    /// @admin.register(Customer)
    /// class CustomerAdmin(admin.ModelAdmin):
    ///     list_display = ["name", "orders"]
    ///
    ///     def orders(self, customer):
    ///         return customer.order_set.count()  # fires
    ///
    /// @admin.register(Coupon)
    /// class CouponAdmin(admin.ModelAdmin):
    ///     list_display = ["code", "owner_name"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).exclude(code="")
    ///
    ///     def owner_name(self, coupon):
    ///         return coupon.owner.name  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from shop.models import Coupon, Customer, Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = [
    ///         "customer",
    ///         "coupon",  # fires
    ///     ]
    ///     list_select_related = ["customer", "coupon"]
    ///
    /// @admin.register(Customer)
    /// class CustomerAdmin(admin.ModelAdmin):
    ///     list_display = ["name", "orders"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).prefetch_related("order_set")
    ///
    ///     def orders(self, customer):
    ///         return customer.order_set.count()  # fires
    ///
    /// @admin.register(Coupon)
    /// class CouponAdmin(admin.ModelAdmin):
    ///     list_display = ["code", "owner_name"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).exclude(code="").select_related("owner")
    ///
    ///     def owner_name(self, coupon):
    ///         return coupon.owner.name  # fires
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
    /// class Coupon(models.Model):
    ///     code = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     coupon = models.ForeignKey(Coupon, models.SET_NULL, null=True)
    /// ```
    ///
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from django.db.models import Count
    /// from shop.models import Customer, Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = ["customer", "coupon", "customer_name"]
    ///     list_select_related = ["customer", "coupon"]
    ///
    ///     def customer_name(self, order):
    ///         return order.customer.name
    ///
    /// @admin.register(Customer)
    /// class CustomerAdmin(admin.ModelAdmin):
    ///     list_display = ["name", "orders"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).annotate(order_count=Count("order"))
    ///
    ///     def orders(self, customer):
    ///         return customer.order_count
    /// ```
    N_PLUS_ONE_ADMIN = {
        code: "ORM004",
        name: "n-plus-one-admin",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report_of(context, Consumer::Admin);
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;

    use super::N_PLUS_ONE_ADMIN;
    use crate::testing::check;

    /// The confidences of what is found of an inline of order lines.
    #[track_caller]
    fn are(inline: &str, confidences: &[Confidence]) {
        let found = check(
            &N_PLUS_ONE_ADMIN,
            &format!(
                "
--- shop/models.py
from django.db import models

class Product(models.Model):
    name = models.CharField(max_length=100)

class Order(models.Model):
    code = models.CharField(max_length=100)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)

--- shop/admin.py
from django import forms
from django.contrib import admin
from packages import keys_of
from shop.models import Line, Order, Product

{inline}

@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    inlines = [LineInline]
"
            ),
        );
        let found: Vec<Confidence> = found.findings.iter().map(|one| one.confidence).collect();
        assert_eq!(found, confidences, "{inline}");
    }

    #[test]
    fn each_form_of_an_inline_asks_for_what_there_is_to_choose() {
        are(
            "
class LineInline(admin.TabularInline):  # fires
    model = Line
",
            &[Confidence::Likely],
        );
        are(
            "
class LineInline(admin.TabularInline):
    model = Line
    fields = ['product']  # fires
",
            &[Confidence::Likely],
        );
        are(
            "
class LineForm(forms.ModelForm):
    product = forms.ModelChoiceField(queryset=Product.objects.all())  # fires

class LineInline(admin.TabularInline):
    model = Line
    form = LineForm
",
            &[Confidence::Likely],
        );
    }

    #[test]
    fn the_key_to_the_owner_has_nothing_to_choose() {
        are(
            "
class LineInline(admin.TabularInline):
    model = Line
    fields = ['order']
",
            &[],
        );
    }

    #[test]
    fn what_is_searched_for_is_asked_for_alone() {
        are(
            "
class LineInline(admin.TabularInline):
    model = Line
    fields = ['product']  # fires
    raw_id_fields = ['product']
",
            &[Confidence::Likely],
        );
        are(
            "
class LineInline(admin.TabularInline):  # fires
    model = Line
    raw_id_fields = keys_of(Line)
",
            &[Confidence::Possible],
        );
    }

    #[test]
    fn a_widget_or_a_hook_decides_what_is_asked_for() {
        are(
            "
class LineForm(forms.ModelForm):
    class Meta:
        model = Line
        fields = '__all__'
        widgets = {'product': keys_of(Line)}

class LineInline(admin.TabularInline):  # fires
    model = Line
    form = LineForm
",
            &[Confidence::Possible],
        );
        are(
            "
class LineInline(admin.TabularInline):  # fires
    model = Line

    def formfield_for_dbfield(self, field, request, **options):
        made = super().formfield_for_dbfield(field, request, **options)
        made.choices = made.choices
        return made
",
            &[Confidence::Possible],
        );
        are(
            "
class LineInline(admin.TabularInline):  # fires
    model = Line

    def formfield_for_foreignkey(self, field, request, **options):
        options['queryset'] = Product.objects.filter(name='tea')
        return super().formfield_for_foreignkey(field, request, **options)
",
            &[Confidence::Likely],
        );
    }
}
