//! GraphQL: the fields of types, as clients ask for them.
//!
//! A client may ask for any fields of a type, also for one alone: each is followed from the row as
//! the list gives it, whatever another field has fetched.

use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::event::Consumer;
use super::loads::{Columns, How, Load, Loads};
use super::members::ClassAttribute;
use super::record::Unseen;
use super::run::{Arguments, Run};
use super::steps::Step;
use super::value::{Row, Rows, Source, Value};
use crate::models::ModelId;
use crate::modules::{ClassRef, FunctionRef};
use crate::serializers::graphql::{
    Field, Hints, Library, ObjectType, OfModel, Registered, Resolver, Schema, Shows,
};

/// Types within each other deeper than this are not followed: a client may go round for ever.
const MAX_NESTED: usize = 4;

/// Where in the schema a value is shown.
struct Place {
    /// The types around it, outermost first.
    types: Vec<ClassRef>,
    /// Whether an optimizer loads what clients ask for.
    looks_ahead: bool,
}

impl<'a> Run<'_, 'a> {
    /// Asks a schema for each of the fields that clients may begin with.
    pub(super) fn ask_schema(&mut self, schema: &'a Schema) {
        self.consumer = Consumer::GraphQl;
        let graphql = self.project().graphql();
        for root in &schema.roots {
            let Some(of) = graphql.of_class(*root) else {
                continue;
            };
            for field in &of.fields {
                self.engine.refuel();
                self.ask_first(*root, of, field, schema.is_optimised);
                self.tell();
                self.events.clear();
            }
        }
    }

    /// Asks a schema for one of the fields that clients may begin with, and for all fields of what
    /// it gives, or for none of them that asks for more.
    pub(super) fn ask_field(&mut self, root: ClassRef, name: &str, at: Location) {
        self.consumer = Consumer::GraphQl;
        let graphql = self.project().graphql();
        let mut schemas = graphql.schemas.iter();
        let schema = schemas.find(|schema| schema.roots.contains(&root));
        let of = graphql.of_class(root);
        let field = of.and_then(|of| of.fields.iter().find(|field| &*field.name == name));
        match (schema, of, field) {
            (Some(schema), Some(of), Some(field)) => {
                self.ask_first(root, of, field, schema.is_optimised);
            }
            _ => self.unseen(Unseen::Outside(at)),
        }
    }

    fn ask_first(&mut self, root: ClassRef, of: &ObjectType, field: &Field, looks_ahead: bool) {
        let mut place = Place {
            types: vec![root],
            looks_ahead,
        };
        if field.resolver == Resolver::Unknown {
            self.unseen(Unseen::Outside(field.place));
        }
        let value = self.first_value(of, field);
        self.show_value(&value, field, of.library, false, &mut place);
    }

    /// What a field of a root gives: nothing is there to take it from.
    fn first_value(&mut self, of: &ObjectType, field: &Field) -> Value {
        let resolved = self.resolved(&Value::None, field);
        match field.shows {
            Shows::Type(class) if field.is_djangos && field.is_many => {
                self.djangos(of.library, class, resolved, field.place)
            }
            _ => resolved.unwrap_or(Value::Unknown),
        }
    }

    /// What a resolver gives; `None` where there is none, or where it gives `None`.
    fn resolved(&mut self, own: &Value, field: &Field) -> Option<Value> {
        let function = match field.resolver {
            Resolver::None => return None,
            Resolver::Unknown => return Some(Value::Unknown),
            Resolver::Function(function) => function,
        };
        self.site = Source::Unknown;
        match self.call(&Value::function(function), &given(own), field.place) {
            Value::None => None,
            found => Some(found),
        }
    }

    /// What the fields of Django's types make of it: all rows where nothing else is given, and what
    /// the type's own `get_queryset` leaves of them.
    ///
    /// Source: `DjangoListField.list_resolver` and `DjangoConnectionField.connection_resolver`
    /// (graphene-django 3.2), `StrawberryDjangoField.get_result` (strawberry-graphql-django 0.91).
    fn djangos(
        &mut self,
        library: Library,
        class: ClassRef,
        rows: Option<Value>,
        at: Location,
    ) -> Value {
        let model = self.project().graphql().of_class(class);
        let model = model.and_then(|of| of.model);
        let rows = match (rows, model) {
            (Some(rows), _) => rows,
            (None, Some(model)) => {
                self.site = Source::Unknown;
                self.all_rows(model)
            }
            (None, None) => return Value::Unknown,
        };
        rows.each(|rows| match rows {
            Value::Rows(rows) => self.of_type(library, class, rows, at),
            value => value.clone(),
        })
    }

    /// `get_queryset()` of a type, where it has its own.
    fn of_type(
        &mut self,
        library: Library,
        class: ClassRef,
        rows: &Rc<Rows>,
        at: Location,
    ) -> Value {
        let rows = Value::Rows(Rc::clone(rows));
        if !self.narrows(class) {
            return rows;
        }
        // Strawberry makes a queryset of a manager first.
        let rows = match library {
            Library::Graphene => rows,
            Library::Strawberry => self.all_of(&rows, at),
        };
        let given = Arguments {
            is_open: true,
            ..Arguments::of([rows, Value::Unknown])
        };
        self.call_method(&Value::Class(class), "get_queryset", &given, at)
    }

    /// Whether a type has a `get_queryset` of its own.
    fn narrows(&self, class: ClassRef) -> bool {
        self.class_attribute(class, "get_queryset", None).is_some()
    }

    /// Shows what a field has as what it says.
    fn show_value(
        &mut self,
        value: &Value,
        field: &Field,
        library: Library,
        is_loaded: bool,
        place: &mut Place,
    ) {
        let at = field.place;
        let class = match field.shows {
            Shows::Type(class) => Some(class),
            Shows::Scalar | Shows::Auto | Shows::Unknown => None,
        };
        if field.is_many {
            if field.is_connection {
                self.count_first(value, at);
            }
            self.show_all(value, class, at, is_loaded, place);
            return;
        }
        match class {
            Some(class) => {
                let one = value.each(|value| match value {
                    // What may be missing is the first of them.
                    Value::Rows(rows) if library == Library::Strawberry => {
                        self.rows_method(rows, "first", &Arguments::default(), at)
                    }
                    value => value.clone(),
                });
                self.show_type(&one, class, is_loaded, place);
            }
            None if field.shows == Shows::Scalar => self.show(value, at),
            None => {}
        }
    }

    /// A connection counts its rows before it fetches them. That is one query more where the rows are
    /// fetched for each of others, and no place of its own.
    ///
    /// Source: `DjangoConnectionField.resolve_connection` (graphene-django 3.2).
    fn count_first(&mut self, rows: &Value, at: Location) {
        if !self.records() {
            return;
        }
        for rows in rows.alternatives() {
            if let Value::Rows(rows) = rows {
                self.rows_method(rows, "count", &Arguments::default(), at);
            }
        }
    }

    /// Goes through many, and shows each as a type, where that is known.
    fn show_all(
        &mut self,
        many: &Value,
        class: Option<ClassRef>,
        at: Location,
        is_loaded: bool,
        place: &mut Place,
    ) {
        let many = self.all_of(many, at);
        // An optimizer is given querysets; what a list holds was fetched before.
        let is_queryset = many
            .alternatives()
            .iter()
            .all(|many| matches!(many, Value::Rows(_)));
        let is_loaded = is_queryset && (is_loaded || place.looks_ahead);
        let loops = self.loops.len();
        let element = self.enter(&many, at);
        if let Some(class) = class {
            self.show_type(&element, class, is_loaded, place);
        }
        self.leave(loops);
    }

    /// Each field of a type, asked of a row alone.
    fn show_type(&mut self, row: &Value, class: ClassRef, is_loaded: bool, place: &mut Place) {
        let is_known = matches!(
            row,
            Value::Row(_) | Value::Object(_) | Value::Dict(_) | Value::Either(_)
        );
        let is_met = place.types.contains(&class) || place.types.len() > MAX_NESTED;
        if !is_known || is_met || !self.engine.burn() {
            return;
        }
        let Some(of) = self.project().graphql().of_class(class) else {
            return;
        };
        place.types.push(class);
        // A client asks for all of them, or for none that takes more queries.
        let mut fork = self.fork();
        for row in row.alternatives() {
            for field in &of.fields {
                self.show_declared(row, of, field, is_loaded, place);
            }
            if let Value::Row(row) = row {
                self.show_listed(row, class, of, place);
            }
        }
        self.way(&mut fork, true);
        self.way(&mut fork, true);
        self.meet(fork);
        place.types.pop();
        // There is no caller to whom what is known by now could say more.
        self.tell();
    }

    fn show_declared(
        &mut self,
        row: &Value,
        of: &ObjectType,
        field: &Field,
        is_loaded: bool,
        place: &mut Place,
    ) {
        let at = field.place;
        let row = match row {
            Value::Row(row) if is_loaded => &Value::Row(self.looked_ahead(row, of, field)),
            row => row,
        };
        let relation = match row {
            Value::Row(row) => self.steps(row.model).get(&field.attribute).cloned(),
            _ => None,
        };
        if field.resolver != Resolver::None {
            let Some(found) = self.resolved(row, field) else {
                return;
            };
            let found = match field.shows {
                Shows::Type(class) if field.is_djangos && field.is_many => {
                    self.djangos(of.library, class, Some(found), at)
                }
                _ => found,
            };
            self.show_value(&found, field, of.library, false, place);
            return;
        }
        let (found, _) = self.walked(row.clone(), &[&*field.attribute], at);
        let found = match (field.shows, &found) {
            (Shows::Type(class), Value::Rows(rows)) if field.is_djangos && !is_loaded => {
                self.of_type(of.library, class, rows, at)
            }
            _ => found,
        };
        match (field.shows, relation) {
            // Each is shown by its key.
            (Shows::Auto, Some(Step::Many { .. })) => {
                self.show_all(&found, None, at, is_loaded, place);
            }
            _ => self.show_value(&found, field, of.library, is_loaded, place),
        }
    }

    /// A row as an optimizer has it loaded for one of the fields: the relation that it shows, or
    /// what the field says that it needs.
    ///
    /// Source: `strawberry_django.optimizer` (0.91), which leaves out the columns that nobody asks
    /// for.
    fn looked_ahead(&mut self, row: &Rc<Row>, of: &ObjectType, field: &Field) -> Rc<Row> {
        let mut changed = Row::clone(row);
        if field.resolver == Resolver::None {
            let loads = self.loaded(row.model, &row.loads, &field.attribute);
            changed.loads = loads;
            return Rc::new(changed);
        }
        changed.loads = self.hinted(row.model, &row.loads, &field.hints);
        let tells = !field.hints.is_open && of.model == Some(row.model);
        if tells && field.is_djangos && field.hints.joined.is_empty() {
            let names = field.hints.only.iter();
            let own = names.filter_map(|name| name.split("__").next());
            changed.columns = Columns::only(own.map(Arc::from));
        }
        Rc::new(changed)
    }

    fn loaded(&mut self, model: ModelId, loads: &Loads, name: &Arc<str>) -> Loads {
        match self.steps(model).get(name) {
            Some(Step::One { .. }) => loads.with(name, Load::new(How::Joined)),
            Some(Step::Many { .. }) => self.prefetched(model, loads, name),
            _ => loads.clone(),
        }
    }

    fn hinted(&mut self, model: ModelId, loads: &Loads, hints: &Hints) -> Loads {
        if hints.is_open {
            return Loads::Open;
        }
        let mut loads = loads.clone();
        for path in &hints.joined {
            loads = self.joined(model, &loads, path);
        }
        for path in &hints.prefetched {
            loads = self.prefetched(model, &loads, path);
        }
        loads
    }

    // ---- fields of the model that Graphene shows ----

    fn show_listed(&mut self, row: &Rc<Row>, class: ClassRef, of: &ObjectType, place: &mut Place) {
        let (listed, is_chosen): (Vec<(Arc<str>, Location)>, bool) = match &of.of_model {
            OfModel::None => return,
            OfModel::Named(names) => {
                let names = names.iter();
                let listed = names
                    .filter_map(|name| Some((Arc::clone(&name.text), self.location(name.place)?)));
                (listed.collect(), true)
            }
            OfModel::All(at, excluded) => {
                let steps = self.steps(row.model);
                let listed = steps.iter().filter(|(name, step)| {
                    !matches!(step, Step::Column(field) if field != *name)
                        && !excluded.contains(name)
                });
                let listed = listed.map(|(name, _)| (Arc::clone(name), *at));
                (listed.collect(), false)
            }
        };
        // Nobody may ever ask for what nobody chose to show.
        self.caches += u32::from(!is_chosen);
        for (name, at) in listed {
            if of.fields.iter().any(|field| field.name == name) {
                continue;
            }
            match self.class_attribute(class, &format!("resolve_{name}"), None) {
                None => self.show_relation(row, &name, at, place),
                Some(ClassAttribute::Function(function)) => {
                    self.caches -= u32::from(!is_chosen);
                    self.show_resolved(row, &name, function, place);
                    self.caches += u32::from(!is_chosen);
                }
                Some(_) => {}
            }
        }
        self.caches -= u32::from(!is_chosen);
    }

    /// A field of the model that a method of the type resolves.
    fn show_resolved(
        &mut self,
        row: &Rc<Row>,
        name: &Arc<str>,
        function: FunctionRef,
        place: &mut Place,
    ) {
        let Some(file) = self.file(function.module) else {
            return;
        };
        let at = Location::new(file, self.project().modules.function(function).name_span);
        self.site = Source::Unknown;
        let own = Value::Row(Rc::clone(row));
        let found = self.call(&Value::function(function), &given(&own), at);
        let (to, is_many) = match self.steps(row.model).get(name) {
            Some(Step::One { to, .. }) => (*to, false),
            Some(Step::Many { to, .. }) => (*to, true),
            _ => return,
        };
        let Registered::One(class) = self.project().graphql().registered(to) else {
            return;
        };
        if is_many {
            let found = self.djangos(Library::Graphene, class, Some(found), at);
            self.show_all(&found, Some(class), at, false, place);
        } else {
            self.show_type(&found, class, false, place);
        }
    }

    /// A field that `graphene_django.converter` makes of the model's. A relation whose model has no
    /// type is no field.
    fn show_relation(&mut self, row: &Rc<Row>, name: &Arc<str>, at: Location, place: &mut Place) {
        let own = Value::Row(Rc::clone(row));
        let (to, is_forward, is_many) = match self.steps(row.model).get(name) {
            Some(Step::One { to, is_forward, .. }) => (*to, *is_forward, false),
            Some(Step::Many { to, .. }) => (*to, false, true),
            Some(Step::Column(_)) => {
                self.member(&own, name, at);
                return;
            }
            _ => return,
        };
        let class = match self.project().graphql().registered(to) {
            Registered::One(class) => Some(class),
            Registered::None => return,
            Registered::Several => None,
        };
        if is_many {
            let found = self.member(&own, name, at);
            let found = match (class, &found) {
                (Some(class), Value::Rows(rows)) => {
                    self.of_type(Library::Graphene, class, rows, at)
                }
                _ => found,
            };
            let of = class.and_then(|class| self.project().graphql().of_class(class));
            if of.is_some_and(|of| of.is_node) {
                self.count_first(&found, at);
            }
            self.show_all(&found, class, at, false, place);
            return;
        }
        if let Some(class) = class.filter(|&class| self.narrows(class)) {
            // The type's `get_node` asks for it by its key, whatever is loaded.
            if is_forward {
                self.site = Source::Unknown;
                let found = self.node(to, class, at);
                self.show_type(&found, class, false, place);
            }
            return;
        }
        let (found, _) = self.walked(own, &[&**name], at);
        if let Some(class) = class {
            self.show_type(&found, class, false, place);
        }
    }

    /// `get_node()` of a type that has its own `get_queryset`.
    fn node(&mut self, model: ModelId, class: ClassRef, at: Location) -> Value {
        let rows = self.all_rows(model);
        let found = rows.each(|rows| match rows {
            Value::Rows(rows) => self.of_type(Library::Graphene, class, rows, at),
            value => value.clone(),
        });
        found.each(|rows| match rows {
            Value::Rows(rows) => self.rows_method(rows, "get", &Arguments::default(), at),
            _ => Value::Unknown,
        })
    }
}

/// What resolvers are called with: the row, and what a client sends.
fn given(own: &Value) -> Arguments {
    Arguments {
        is_open: true,
        ..Arguments::of([own.clone()])
    }
}
