use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::models::{FieldKind, ModelId};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An API gives everybody who is logged in all rows of a model whose rows belong to a user.
    ///
    /// ## Why it matters
    ///
    /// Being logged in says who somebody is, not what is theirs: any customer lists the orders of all
    /// others, or counts the numbers in the address up and reads and changes them one by one. It is the
    /// most common hole in APIs, and nothing fails because of it.
    ///
    /// A row belongs to somebody where a field named `user` or `owner`, or one named in `owner-fields`,
    /// leads to the user's model, or a field of its name leads to a model of which each user has one. A
    /// field named in `tenant-fields`, or `tenant` or `organization`, says to whom it belongs too. Only
    /// views are judged whose every base is known, whose permissions are `IsAuthenticated` alone, and
    /// that leave no row out.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
    /// ROOT_URLCONF = "config.urls"
    /// REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.conf import settings
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     is_open = models.BooleanField(default=True)
    ///
    /// class Article(models.Model):
    ///     author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    /// ```
    /// ```python file=config/urls.py
    /// from rest_framework.routers import DefaultRouter
    /// from shop import views
    ///
    /// router = DefaultRouter()
    /// router.register("customers", views.CustomerViewSet)
    /// router.register("orders", views.OrderViewSet, basename="order")
    /// router.register("articles", views.ArticleViewSet)
    /// urlpatterns = router.urls
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import viewsets
    /// from shop.models import Article, Customer, Order
    ///
    /// class CustomerViewSet(viewsets.ModelViewSet):  # fires
    ///     queryset = Customer.objects.all()
    ///
    /// class OrderViewSet(viewsets.ReadOnlyModelViewSet):  # fires
    ///     def get_queryset(self):
    ///         return Order.objects.filter(is_open=True)
    ///
    /// class ArticleViewSet(viewsets.ModelViewSet):
    ///     queryset = Article.objects.all()
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import permissions, viewsets
    /// from shop.models import Article, Customer, Order
    ///
    /// class IsOwner(permissions.BasePermission):
    ///     def has_object_permission(self, request, view, obj):
    ///         return obj.user == request.user
    ///
    /// class CustomerViewSet(viewsets.ModelViewSet):
    ///     queryset = Customer.objects.all()
    ///     permission_classes = [permissions.IsAdminUser]
    ///
    /// class OrderViewSet(viewsets.ReadOnlyModelViewSet):
    ///     def get_queryset(self):
    ///         return Order.objects.filter(customer__user=self.request.user)
    ///
    /// class ArticleViewSet(viewsets.ModelViewSet):
    ///     queryset = Article.objects.all()
    ///     permission_classes = [permissions.IsAuthenticatedOrReadOnly]
    /// ```
    UNSCOPED_QUERYSET = {
        code: "DRF002",
        name: "unscoped-queryset",
        severity: Severity::Warning,
        category: Category::Drf,
        dimension: Some(Dimension::Security),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Fields that say whose a row is. Others that lead to a user say who wrote or changed it.
const OWNERS: &[&str] = &["owner", "user"];

/// Fields that say to which tenant a row belongs.
const TENANTS: &[&str] = &["organisation", "organization", "tenant"];

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for served in project.served_rows() {
        if served.rows.is_narrowed {
            continue;
        }
        let Some(field) = owner(context, served.rows.model) else {
            continue;
        };
        let Some(file) = project.modules.get(served.class.module).file else {
            continue;
        };
        let model = project.models.get(served.rows.model);
        let place = Location::new(file, project.modules.class(served.class).name_span);
        context
            .report(
                place,
                format!(
                    "everybody who is logged in gets all rows of `{}`, each of which belongs to one `{field}`",
                    model.name
                ),
            )
            .help("leave the rows of others out in `get_queryset()`, by `self.request.user`")
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}

/// The field that says to whom the rows of a model belong.
fn owner(context: &Context<'_>, id: ModelId) -> Option<String> {
    let models = &context.project.models;
    let is_among = |name: &str, usual: &[&str], own: &[String]| {
        usual.contains(&name) || own.iter().any(|own| own == name)
    };
    let (owners, tenants) = (
        &context.options.owner_fields,
        &context.options.tenant_fields,
    );
    models.fields(id).into_iter().find_map(|(_, field)| {
        let relation = field.relation().filter(|_| field.kind.is_foreign_key())?;
        let to = relation.to.model()?;
        let name = &*field.name;
        let is_own = || {
            (is_user(context, to) && is_among(name, OWNERS, owners))
                || (is_of_one_user(context, to)
                    && models.get(to).name.to_lowercase() == name.replace('_', ""))
        };
        let belongs = is_among(name, TENANTS, tenants) || is_own();
        (belongs && !relation.is_parent_link).then(|| name.to_owned())
    })
}

fn is_user(context: &Context<'_>, id: ModelId) -> bool {
    context.project.user_model() == Some(id)
}

/// Whether each user has one row of a model: a profile, a customer.
fn is_of_one_user(context: &Context<'_>, id: ModelId) -> bool {
    let fields = context.project.models.fields(id);
    fields.into_iter().any(|(_, field)| {
        let to = field.relation().and_then(|relation| relation.to.model());
        field.kind == FieldKind::OneToOne
            && OWNERS.contains(&&*field.name)
            && to.is_some_and(|to| is_user(context, to))
    })
}
