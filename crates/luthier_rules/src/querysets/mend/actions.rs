//! Loads a relation for those actions of a view alone that ask for it, where most do without.

use luthier_diagnostics::{Applicability, Fix};
use luthier_project::facts::ir::{BindingKind, Owner};
use luthier_project::facts::{Expr, ExprRef, Stmt, StmtRef};
use luthier_project::flows::Growing;
use luthier_project::modules::ClassRef;
use luthier_source::Span;

use super::Mending;
use super::load::CLASHING;
use crate::layout::Layout;

/// View sets, whose methods know which action they are called for.
const VIEW_SETS: &[&str] = &[
    "GenericViewSet",
    "ModelViewSet",
    "ReadOnlyModelViewSet",
    "ViewSetMixin",
];

/// Views that answer several methods of requests with rows of one queryset.
const SEVERAL_METHODS: &[&str] = &[
    "GenericAPIView",
    "RetrieveDestroyAPIView",
    "RetrieveUpdateAPIView",
    "RetrieveUpdateDestroyAPIView",
];

/// Whether it is known of all actions that have the rows that they do without it: who asks is seen with
/// another queryset as well, or not at all.
pub(super) fn is_asked_by_none(mending: Mending<'_>, growing: &Growing) -> bool {
    let served = growing
        .built
        .map(|built| mending.project.actions_served(built));
    let served = served.unwrap_or_default();
    let path = growing.path.names();
    !served.is_empty() && !served.iter().any(|used| used.needs(path))
}

/// Loads it in `get_queryset()` under a condition; `None` where the queryset itself is the better place.
pub(super) fn fix(
    mending: Mending<'_>,
    growing: &Growing,
    method: &'static str,
    fix: Fix,
) -> Option<Fix> {
    let (project, value) = (mending.project, growing.built?);
    let path = growing.path.names();
    let served = project.actions_served(value);
    let view = served.first()?.view;
    let built = project.modules.value(value);
    let is_its_own = built.body.enclosing_class() == Some(view.class)
        && value.module == view.module
        && served.iter().all(|used| used.view == view);
    let needing = served.iter().filter(|used| used.needs(path));
    let needing: Vec<&str> = needing.map(|used| &*used.action).collect();
    if !is_its_own || needing.is_empty() || 2 * needing.len() > served.len() {
        return None;
    }
    let few = Few {
        mending,
        layout: mending.layout(value.module)?,
        view,
        built,
        needing,
    };
    let loading = Loading { method, path };
    let titled = Fix {
        title: format!("Load `{path}` for {}", few.named()),
        ..fix
    };
    few.loaded(titled, &loading)
}

/// A view of which few actions ask for something of the rows.
struct Few<'a> {
    mending: Mending<'a>,
    layout: Layout<'a>,
    view: ClassRef,
    /// The queryset that all of them have.
    built: ExprRef<'a>,
    needing: Vec<&'a str>,
}

/// What is to be asked for.
struct Loading<'a> {
    method: &'static str,
    path: &'a str,
}

impl<'a> Few<'a> {
    fn named(&self) -> String {
        let names = self.needing.iter().map(|name| format!("`{name}`"));
        names.collect::<Vec<_>>().join(" and ")
    }

    fn loaded(&self, mut fix: Fix, loading: &Loading<'_>) -> Option<Fix> {
        if self.is_passed_by() {
            return None;
        }
        let modules = &self.mending.project.modules;
        let (what, asked): (&str, Vec<String>) = if modules.inherits_by_name(self.view, VIEW_SETS) {
            let names = self.needing.iter().map(|name| (*name).to_owned());
            ("action", names.collect())
        } else if modules.inherits_by_name(self.view, SEVERAL_METHODS) {
            // Who asks a view for its queryset outside of a request, as schemas do, has none.
            fix.applicability = Applicability::Unsafe;
            let names = self.needing.iter().map(|name| name.to_uppercase());
            let mut names: Vec<String> = names.collect();
            if names.iter().any(|name| name == "GET") {
                names.push("HEAD".to_owned());
            }
            ("request.method", names)
        } else {
            return None;
        };
        let quote = self.layout.quote(self.built);
        let quoted: Vec<String> = asked
            .iter()
            .map(|name| format!("{quote}{name}{quote}"))
            .collect();
        let condition = match &*quoted {
            [only] => format!("{what} == {only}"),
            all => format!("{what} in ({})", all.join(", ")),
        };
        let body = modules.class_body(self.view);
        match body.binding("get_queryset").map(|binding| binding.kind) {
            None => self.with_method(fix, loading, &condition),
            Some(BindingKind::Function(function)) => {
                let facts = self.built.facts();
                let declared = facts.function(function);
                if declared.is_async || declared.is_generator {
                    return None;
                }
                let own = facts.text(declared.params.first()?.name);
                let within = facts.body(declared.body);
                if ![body.id, within.id].contains(&self.built.body.id) {
                    return None;
                }
                let gives = self.giving(within.all_statements())?;
                self.extended(fix, loading, &format!("{own}.{condition}"), gives)
            }
            Some(_) => None,
        }
    }

    /// Whether a method has the rows without `get_queryset()`: from the attribute of the view.
    fn is_passed_by(&self) -> bool {
        let body = self.mending.project.modules.class_body(self.view);
        body.body().bindings.iter().any(|binding| {
            let BindingKind::Function(function) = binding.kind else {
                return false;
            };
            let within = body.facts.body(body.facts.function(function).body);
            body.facts.text(binding.name) != "get_queryset" && within.exprs().any(is_own_queryset)
        })
    }

    /// A `get_queryset()` of the view's own, behind its attributes.
    fn with_method(&self, fix: Fix, loading: &Loading<'_>, condition: &str) -> Option<Fix> {
        let body = self.mending.project.modules.class_body(self.view);
        let is_attribute = body.statements().any(|statement| {
            statement.assignment().is_some_and(|(target, value)| {
                target.as_name() == Some("queryset") && value.id == self.built.id
            })
        });
        if self.built.body.id != body.id || !is_attribute || !self.is_chain(self.built, None) {
            return None;
        }
        let mut attributes = body.statements().take_while(|statement| {
            !matches!(statement.kind(), Stmt::Function(_) | Stmt::Class(_))
        });
        let mut last = attributes.next()?;
        for statement in attributes {
            last = statement;
        }
        let outer = self.layout.indent(last.span().start);
        let inner = format!("{outer}{}", self.step());
        let text = format!(
            "\n\n{outer}def get_queryset(self):\n\
             {inner}queryset = super().get_queryset()\n\
             {}{inner}return queryset",
            self.branch(loading, &format!("self.{condition}"), "queryset", &inner),
        );
        let at = self.layout.line_end(last.span().end);
        Some(fix.insert(self.layout.file, at, text))
    }

    /// The statement by which `get_queryset()` gives the queryset, and what it gives.
    fn giving(
        &self,
        statements: impl Iterator<Item = StmtRef<'a>>,
    ) -> Option<(StmtRef<'a>, ExprRef<'a>)> {
        let mut gives = statements.filter_map(|statement| match statement.kind() {
            Stmt::Return(value) => Some((statement, value)),
            _ => None,
        });
        let (statement, value) = gives.next()?;
        let given = statement.body.expr(value?);
        let is_only = gives.next().is_none();
        let is_known = match given.kind() {
            Expr::Name(_) => self.is_chained(given),
            _ => self.is_chain(given, None),
        };
        let before = statement.span().start;
        let is_alone = self.layout.line_before(before).trim().is_empty();
        (is_only && is_known && is_alone).then_some((statement, given))
    }

    /// Whether all that a name is given in its function are querysets that more can be asked of.
    fn is_chained(&self, name: ExprRef<'a>) -> bool {
        let body = name.body;
        let Owner::Function(_) = body.owner() else {
            return false;
        };
        let mut given = 0;
        for statement in body.all_statements() {
            let Some((target, value)) = statement.assignment() else {
                continue;
            };
            if target.kind() == name.kind() {
                given += 1;
                if !self.is_chain(value, name.as_name()) {
                    return false;
                }
            }
        }
        let bindings = body.body().bindings.iter();
        let all = bindings.filter(|binding| Expr::Name(binding.name) == name.kind());
        given > 0 && all.count() == given
    }

    /// Whether it is the queryset that the rows come from, or what `super()`, `self.queryset` or a name
    /// gives, and calls on it that leave it a queryset of whole rows.
    fn is_chain(&self, queryset: ExprRef<'a>, name: Option<&str>) -> bool {
        let mut root = queryset;
        let is_built =
            |expr: ExprRef<'_>| expr.id == self.built.id && expr.body.id == self.built.body.id;
        let mut has_built = is_built(root);
        while let Some(call) = root.as_call() {
            let Some((object, method)) = call.callee.as_attribute() else {
                return call.callee.as_name() == Some("super");
            };
            let loads_all = method == "select_related" && call.arguments().is_empty();
            if loads_all || CLASHING.contains(&method) || matches!(method, "only" | "defer") {
                return false;
            }
            root = object;
            has_built |= is_built(root);
        }
        match root.as_attribute() {
            Some(_) => has_built || is_own_queryset(root),
            None => name.is_some() && root.as_name() == name,
        }
    }

    fn extended(
        &self,
        fix: Fix,
        loading: &Loading<'_>,
        condition: &str,
        (statement, given): (StmtRef<'a>, ExprRef<'a>),
    ) -> Option<Fix> {
        let (layout, span) = (self.layout, statement.span());
        let indent = layout.indent(span.start);
        if let Some(name) = given.as_name() {
            let branch = self.branch(loading, condition, name, indent);
            let branch = format!("{}{indent}", branch.trim_start());
            return Some(fix.insert(layout.file, span.start, branch));
        }
        let is_free = statement.body.binding("queryset").is_none();
        let keyword = Span::new(span.start, span.start + "return".len() as u32);
        let rest = &layout.text[keyword.end as usize..];
        if !is_free || !rest.starts_with(' ') {
            return None;
        }
        let branch = self.branch(loading, condition, "queryset", indent);
        let text = format!("\n{branch}{indent}return queryset");
        let fix = fix.replace(layout.file, keyword, "queryset =");
        Some(fix.insert(layout.file, layout.line_end(span.end), text))
    }

    /// The branch that loads it, with a line break at its end.
    fn branch(&self, loading: &Loading<'_>, condition: &str, name: &str, indent: &str) -> String {
        let Loading { method, path } = loading;
        let quote = self.layout.quote(self.built);
        let (step, inner) = (self.step(), format!("{indent}{}", self.step()));
        let head = format!("{name} = {name}.{method}(");
        let argument = format!("{quote}{path}{quote}");
        let call = match self.layout.fits(&inner, &format!("{head}{argument})")) {
            true => format!("{head}{argument})"),
            false => format!("{head}\n{inner}{step}{argument}\n{inner})"),
        };
        format!("{indent}if {condition}:\n{inner}{call}\n")
    }

    /// By how much the class's body is indented.
    fn step(&self) -> &'a str {
        let class = self.mending.project.modules.class(self.view);
        let outer = self.layout.indent(class.name_span.start);
        let body = self.mending.project.modules.class_body(self.view);
        let first = body.statements().next();
        let inner = first.map_or("", |first| self.layout.indent(first.span().start));
        inner
            .strip_prefix(outer)
            .filter(|step| !step.is_empty())
            .unwrap_or("    ")
    }
}

/// `self.queryset`
fn is_own_queryset(expr: ExprRef<'_>) -> bool {
    let attribute = expr.as_attribute();
    attribute.is_some_and(|(object, name)| name == "queryset" && object.as_name() == Some("self"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mended_in, same};

    /// A view set of orders with its serializers; what the list shows asks for `customer`.
    fn mended(view: &str) -> String {
        let code = format!(
            "\
from rest_framework import generics, serializers, viewsets
from rest_framework.decorators import action
from shop.models import Line, Order

class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ['code']

class NamedSerializer(serializers.ModelSerializer):
    customer_name = serializers.CharField(source='customer.name')

    class Meta:
        model = Order
        fields = ['code', 'customer_name']

class LineSerializer(serializers.ModelSerializer):
    place = serializers.CharField(source='order.customer.name')

    class Meta:
        model = Line
        fields = ['place']

{view}"
        );
        let urls = "\
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from shop import code

router = DefaultRouter()
router.register('orders', code.Orders)
urlpatterns = [path('', include(router.urls))]
";
        let settings = "INSTALLED_APPS = ['rest_framework', 'shop']\nROOT_URLCONF = 'shop.urls'\n";
        let more = [("shop/urls.py", urls), ("site_/settings.py", settings)];
        let mended = mended_in("ORM003", &code, &more);
        let mended = mended.split_once("['place']\n");
        mended
            .map(|(_, view)| view.trim_start().to_owned())
            .unwrap_or_default()
    }

    #[test]
    fn one_action_of_many_gets_a_method() {
        same(
            &mended(
                "\
class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.order_by('pk')
    lookup_field = 'code'  # unique

    def get_serializer_class(self):
        return NamedSerializer if self.action == 'list' else OrderSerializer
",
            ),
            r"
    class Orders(viewsets.ModelViewSet):
        queryset = Order.objects.order_by('pk')
        lookup_field = 'code'  # unique

        def get_queryset(self):
            queryset = super().get_queryset()
            if self.action == 'list':
                queryset = queryset.select_related('customer')
            return queryset

        def get_serializer_class(self):
            return NamedSerializer if self.action == 'list' else OrderSerializer
    ",
        );
    }

    #[test]
    fn rows_that_do_not_come_by_the_method_are_loaded_where_they_are_made() {
        let aside = "
    @action(detail=False)
    def export(self, request):
        return NamedSerializer(self.queryset, many=True).data
";
        same(
            &mended(&format!(
                "\
class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.order_by('pk')
    serializer_class = OrderSerializer
{aside}"
            )),
            r"
    class Orders(viewsets.ModelViewSet):
        queryset = Order.objects.order_by('pk').select_related('customer')
        serializer_class = OrderSerializer

        @action(detail=False)
        def export(self, request):
            return NamedSerializer(self.queryset, many=True).data
    ",
        );
        let other = format!(
            "\
class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.order_by('pk')
    serializer_class = LineSerializer

    def get_queryset(self):
        return Line.objects.select_related('order__customer')
{aside}"
        );
        assert!(!mended(&other).contains("self.action"));
    }

    #[test]
    fn what_most_actions_show_is_loaded_for_all() {
        same(
            &mended(
                "\
class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.order_by('pk')
    serializer_class = NamedSerializer
",
            ),
            r"
    class Orders(viewsets.ModelViewSet):
        queryset = Order.objects.order_by('pk').select_related('customer')
        serializer_class = NamedSerializer
    ",
        );
    }

    #[test]
    fn a_method_that_is_there_is_extended() {
        let serializers = "
    def get_serializer_class(self):
        if self.action in ('list', 'retrieve'):
            return NamedSerializer
        return OrderSerializer
";
        same(
            &mended(&format!(
                "\
class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.all()

    def get_queryset(self):
        orders = super().get_queryset()
        if self.action == 'destroy':
            orders = orders.filter(is_open=False)
        return orders
{serializers}"
            )),
            r"
    class Orders(viewsets.ModelViewSet):
        queryset = Order.objects.all()

        def get_queryset(self):
            orders = super().get_queryset()
            if self.action == 'destroy':
                orders = orders.filter(is_open=False)
            if self.action in ('list', 'retrieve'):
                orders = orders.select_related('customer')
            return orders

        def get_serializer_class(self):
            if self.action in ('list', 'retrieve'):
                return NamedSerializer
            return OrderSerializer
    ",
        );
        same(
            &mended(&format!(
                "\
class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.all()

    def get_queryset(self):
        return Order.objects.filter(  # his own
            customer__name=self.request.user.username
        )
{serializers}"
            )),
            r"
    class Orders(viewsets.ModelViewSet):
        queryset = Order.objects.all()

        def get_queryset(self):
            queryset = Order.objects.filter(  # his own
                customer__name=self.request.user.username
            )
            if self.action in ('list', 'retrieve'):
                queryset = queryset.select_related('customer')
            return queryset

        def get_serializer_class(self):
            if self.action in ('list', 'retrieve'):
                return NamedSerializer
            return OrderSerializer
    ",
        );
    }

    #[test]
    fn a_branch_that_is_there_is_told() {
        same(
            &mended(
                "\
class Orders(viewsets.ReadOnlyModelViewSet):
    queryset = Order.objects.all()

    def get_queryset(self):
        queryset = super().get_queryset()
        if self.action == 'list':
            queryset = queryset.prefetch_related('lines')
        return queryset

    def get_serializer_class(self):
        return NamedSerializer if self.action == 'list' else OrderSerializer
",
            ),
            r"
    class Orders(viewsets.ReadOnlyModelViewSet):
        queryset = Order.objects.all()

        def get_queryset(self):
            queryset = super().get_queryset()
            if self.action == 'list':
                queryset = queryset.prefetch_related('lines').select_related('customer')
            return queryset

        def get_serializer_class(self):
            return NamedSerializer if self.action == 'list' else OrderSerializer
    ",
        );
    }

    #[test]
    fn an_action_with_a_queryset_of_its_own_is_told_there() {
        same(
            &mended(
                "\
class Orders(viewsets.ReadOnlyModelViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    @action(detail=False)
    def open(self, request):
        orders = Order.objects.filter(is_open=True)
        return NamedSerializer(orders, many=True).data
",
            ),
            r"
    class Orders(viewsets.ReadOnlyModelViewSet):
        queryset = Order.objects.all()
        serializer_class = OrderSerializer

        @action(detail=False)
        def open(self, request):
            orders = Order.objects.filter(is_open=True).select_related('customer')
            return NamedSerializer(orders, many=True).data
    ",
        );
    }

    #[test]
    fn what_is_made_in_ways_that_are_not_seen_is_left_alone() {
        same(
            &mended(
                "\
class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.all()

    def get_queryset(self):
        if self.request.user.is_staff:
            return super().get_queryset()
        return []

    def get_serializer_class(self):
        return NamedSerializer if self.action == 'list' else OrderSerializer
",
            ),
            r"
    class Orders(viewsets.ModelViewSet):
        queryset = Order.objects.select_related('customer')

        def get_queryset(self):
            if self.request.user.is_staff:
                return super().get_queryset()
            return []

        def get_serializer_class(self):
            return NamedSerializer if self.action == 'list' else OrderSerializer
    ",
        );
    }
}
