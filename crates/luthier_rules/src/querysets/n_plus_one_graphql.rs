use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::Consumer;

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A field of a GraphQL type asks the database for each row of a list.
    ///
    /// ## Why it matters
    ///
    /// Over GraphQL it is the client who says which fields are wanted, and the server resolves each
    /// of them row by row. A relation that the list's queryset does not load, or a resolver that asks
    /// for something, is one more query for each row, as soon as somebody asks for the field.
    ///
    /// Types of Graphene and of Strawberry are followed from the schema on: lists and connections,
    /// relations that `Meta.fields` shows or an annotation names, resolvers, and a `get_queryset` of
    /// the type. Loading with the rows, a data loader and an optimizer (`DjangoOptimizerExtension`,
    /// `graphene_django_optimizer`) are all fine. What an optimizer cannot see are the relations that
    /// a resolver follows: it has to be told by `select_related=`, `prefetch_related=` and `only=`.
    ///
    /// The fix loads the relation with the rows, also for clients that do not ask for it. Where that
    /// is too much, use a data loader or an optimizer instead.
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
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/schema.py
    /// import graphene
    /// from graphene_django import DjangoObjectType
    /// from shop.models import Customer, Line, Order
    ///
    /// class CustomerType(DjangoObjectType):
    ///     class Meta:
    ///         model = Customer
    ///         fields = ["name"]
    ///
    /// class LineType(DjangoObjectType):
    ///     class Meta:
    ///         model = Line
    ///         fields = ["amount"]
    ///
    /// class OrderType(DjangoObjectType):
    ///     size = graphene.Int()
    ///
    ///     class Meta:
    ///         model = Order
    ///         fields = [
    ///             "customer",  # fires
    ///             "lines",  # fires
    ///         ]
    ///
    ///     def resolve_size(root, info):
    ///         return root.lines.count()  # fires
    ///
    /// class Query(graphene.ObjectType):
    ///     orders = graphene.List(OrderType)
    ///
    ///     def resolve_orders(root, info):
    ///         return Order.objects.order_by("pk")
    ///
    /// schema = graphene.Schema(query=Query)
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/schema.py
    /// import graphene
    /// from graphene_django import DjangoObjectType
    /// from shop.models import Customer, Line, Order
    ///
    /// class CustomerType(DjangoObjectType):
    ///     class Meta:
    ///         model = Customer
    ///         fields = ["name"]
    ///
    /// class LineType(DjangoObjectType):
    ///     class Meta:
    ///         model = Line
    ///         fields = ["amount"]
    ///
    /// class OrderType(DjangoObjectType):
    ///     size = graphene.Int()
    ///
    ///     class Meta:
    ///         model = Order
    ///         fields = [
    ///             "customer",  # fires
    ///             "lines",  # fires
    ///         ]
    ///
    ///     def resolve_size(root, info):
    ///         return root.lines.count()  # fires
    ///
    /// class Query(graphene.ObjectType):
    ///     orders = graphene.List(OrderType)
    ///
    ///     def resolve_orders(root, info):
    ///         return Order.objects.order_by("pk").select_related("customer").prefetch_related("lines")
    ///
    /// schema = graphene.Schema(query=Query)
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
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/schema.py
    /// import strawberry
    /// import strawberry_django
    /// from shop.models import Customer, Line, Order
    /// from strawberry_django.optimizer import DjangoOptimizerExtension
    ///
    /// @strawberry_django.type(Customer)
    /// class CustomerType:
    ///     name: strawberry.auto
    ///
    /// @strawberry_django.type(Line)
    /// class LineType:
    ///     amount: strawberry.auto
    ///
    /// @strawberry_django.type(Order)
    /// class OrderType:
    ///     customer: CustomerType
    ///     lines: list[LineType]
    ///
    ///     @strawberry_django.field(select_related=["customer"], only=["customer__name"])
    ///     def title(self) -> str:
    ///         return f"Order of {self.customer.name}"
    ///
    /// @strawberry.type
    /// class Query:
    ///     orders: list[OrderType] = strawberry_django.field()
    ///
    /// schema = strawberry.Schema(query=Query, extensions=[DjangoOptimizerExtension])
    /// ```
    N_PLUS_ONE_GRAPHQL = {
        code: "ORM005",
        name: "n-plus-one-graphql",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report_of(context, Consumer::GraphQl);
}

#[cfg(test)]
mod tests {
    use super::N_PLUS_ONE_GRAPHQL;
    use crate::testing::check;

    const MODELS: &str = "
--- shop/models.py
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=100)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name='orders')
    number = models.CharField(max_length=20)
";

    /// Holds what is reported against the marked lines.
    fn judge(schema: &str) {
        let fixture = format!("{MODELS}--- shop/schema.py\n{schema}");
        check(&N_PLUS_ONE_GRAPHQL, &fixture);
    }

    #[test]
    fn a_resolver_stands_for_a_listed_field() {
        let schema = |resolver: &str, mark: &str| {
            format!(
                r#"
import graphene
from graphene_django import DjangoListField, DjangoObjectType
from shop.models import Customer, Order

class CustomerType(DjangoObjectType):
    class Meta:
        model = Customer
        fields = ["name"]

class OrderType(DjangoObjectType):
    class Meta:
        model = Order
        fields = ["customer"]  {mark}

    {resolver}

class Query(graphene.ObjectType):
    orders = DjangoListField(OrderType)

schema = graphene.Schema(query=Query)
"#
            )
        };
        judge(&schema("pass", "# fires"));
        let loader = "def resolve_customer(root, info):
        return info.context.customers.load(root.customer_id)";
        judge(&schema(loader, ""));
    }

    #[test]
    fn a_relation_to_a_model_without_a_type_is_no_field() {
        let schema = r#"
import graphene
from graphene_django import DjangoListField, DjangoObjectType
from shop.models import Order

class OrderType(DjangoObjectType):
    class Meta:
        model = Order
        fields = ["customer", "number"]

class Query(graphene.ObjectType):
    orders = DjangoListField(OrderType)
    last = graphene.Field(OrderType)

    def resolve_last(root, info):
        return Order.objects.last()

schema = graphene.Schema(query=Query)
"#;
        judge(schema);
    }

    #[test]
    fn annotations_are_read_in_strings_and_brackets() {
        let schema = |annotation: &str, extensions: &str, mark: &str| {
            format!(
                r#"
import strawberry
import strawberry_django
from typing import Annotated, List, Optional
from shop.models import Customer, Order

@strawberry_django.type(Order)
class OrderType:
    number: strawberry.auto
    customer: {annotation}  {mark}

@strawberry_django.type(Customer)
class CustomerType:
    name: strawberry.auto

@strawberry.type
class Query:
    orders: "List[OrderType]" = strawberry_django.field()

schema = strawberry.Schema(query=Query{extensions})
"#
            )
        };
        for annotation in [
            "'CustomerType'",
            "'CustomerType | None'",
            "Optional['CustomerType']",
            "Annotated['CustomerType', strawberry.lazy('shop.schema')]",
            "strawberry.auto",
        ] {
            judge(&schema(annotation, "", "# fires"));
        }
        for extensions in [
            ", extensions=[DjangoOptimizerExtension()]",
            ", extensions=known_elsewhere()",
            ", **options",
        ] {
            judge(&schema("'CustomerType'", extensions, ""));
        }
        let others = ", extensions=[strawberry.extensions.QueryDepthLimiter(10)]";
        judge(&schema("'CustomerType'", others, "# fires"));
    }
}
