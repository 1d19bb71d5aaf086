//! Questions about one model: its fields with those of its parents, the ways back to it, and what
//! a name means in a query.

use std::sync::Arc;

use super::field::{Field, Relation};
use super::kind::FieldKind;
use super::{Model, ModelGraph, ModelId};

/// The far end of a relation: which field of which model points here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    pub from: ModelId,
    pub field: Arc<str>,
    pub(super) is_private: bool,
}

/// What a name means on a model in a query.
#[derive(Clone, Copy, Debug)]
pub enum Found<'g> {
    /// A field, and the model whose own it is.
    Field(ModelId, &'g Field),
    /// The raw value of a foreign key, `author_id`.
    Key(ModelId, &'g Field),
    Reverse(&'g Reverse),
    Nothing,
    /// The model has bases that were not found: it may be there.
    Unknown,
}

impl ModelGraph {
    /// The fields of a model with those of its parents' tables, private ones included: parents'
    /// first. Each with the model whose own it is.
    pub fn fields(&self, id: ModelId) -> Vec<(ModelId, &Field)> {
        let mut found = Vec::new();
        let model = self.get(id);
        self.collect_fields(id, &mut Vec::new(), &mut found);
        found.extend(model.private_fields.iter().map(|field| (id, field)));
        found
    }

    fn collect_fields<'g>(
        &'g self,
        id: ModelId,
        seen: &mut Vec<ModelId>,
        found: &mut Vec<(ModelId, &'g Field)>,
    ) {
        if seen.contains(&id) {
            return;
        }
        seen.push(id);
        let model = self.get(id);
        for parent in &model.parents {
            self.collect_fields(parent.model, seen, found);
        }
        if model.is_proxy {
            return;
        }
        found.extend(model.fields.iter().map(|field| (id, field)));
    }

    /// A field by its name, of the model or of a parent's table.
    pub fn field(&self, id: ModelId, name: &str) -> Option<(ModelId, &Field)> {
        self.find_field(id, &|field| &*field.name == name, 0)
    }

    fn find_field(
        &self,
        id: ModelId,
        is_it: &dyn Fn(&Field) -> bool,
        depth: u32,
    ) -> Option<(ModelId, &Field)> {
        let model = self.get(id);
        let own = model.fields.iter().chain(&model.private_fields);
        if let Some(field) = own.into_iter().find(|field| is_it(field)) {
            return Some((id, field));
        }
        if depth > 32 {
            return None;
        }
        let mut parents = model.parents.iter();
        parents.find_map(|parent| self.find_field(parent.model, is_it, depth + 1))
    }

    /// All ways back to a model, those to its parents' tables included, hidden ones too.
    pub fn reverse(&self, id: ModelId) -> Vec<&Reverse> {
        let mut found = Vec::new();
        let concrete = self.get(id).concrete;
        self.collect_reverse(id, concrete, &mut Vec::new(), &mut found);
        found
    }

    fn collect_reverse<'g>(
        &'g self,
        id: ModelId,
        concrete: ModelId,
        seen: &mut Vec<ModelId>,
        found: &mut Vec<&'g Reverse>,
    ) {
        if seen.contains(&id) {
            return;
        }
        seen.push(id);
        for parent in &self.get(id).parents {
            self.collect_reverse(parent.model, concrete, seen, found);
        }
        if self.get(id).is_proxy {
            return;
        }
        let own = self.reverse.get(&id).into_iter().flatten();
        found.extend(
            own.filter(|reverse| id == concrete || !self.relation_of(reverse).is_parent_link),
        );
    }

    /// The field that a way back belongs to.
    pub fn field_of(&self, reverse: &Reverse) -> &Field {
        let model = self.get(reverse.from);
        let fields = if reverse.is_private {
            &model.private_fields
        } else {
            &model.fields
        };
        fields
            .iter()
            .find(|field| field.name == reverse.field)
            .expect("a way back is made from a field")
    }

    /// The relation that a way back belongs to.
    pub fn relation_of(&self, reverse: &Reverse) -> &Relation {
        self.field_of(reverse)
            .relation()
            .expect("a way back is made from a relation")
    }

    /// The attribute that leads back, such as `order_set`; `None` where there is none or its name is
    /// not known.
    pub fn accessor(&self, reverse: &Reverse) -> Option<Arc<str>> {
        let field = self.field_of(reverse);
        self.accessor_name(reverse.from, field)
            .filter(|name| !name.ends_with('+'))
    }

    /// The name in queries of the way back over a relation.
    pub fn query_name(&self, reverse: &Reverse) -> Option<Arc<str>> {
        self.query_name_of(reverse.from, self.field_of(reverse))
    }

    /// The accessor of a field of `from`, hidden ones as Django spells them.
    pub fn accessor_name(&self, from: ModelId, field: &Field) -> Option<Arc<str>> {
        let relation = field.relation()?;
        if !relation.is_named {
            return None;
        }
        let is_own = relation.to.model() == Some(from);
        if relation.is_symmetrical && is_own {
            return None;
        }
        if let Some(name) = &relation.related_name {
            return Some(Arc::clone(name));
        }
        let model = self.get(from).name.to_lowercase();
        Some(match field.kind {
            FieldKind::OneToOne => model.into(),
            _ => format!("{model}_set").into(),
        })
    }

    /// The query name of a field of `from`.
    pub fn query_name_of(&self, from: ModelId, field: &Field) -> Option<Arc<str>> {
        let relation = field.relation()?;
        if !relation.is_named {
            return None;
        }
        let named = relation
            .related_query_name
            .as_ref()
            .or(relation.related_name.as_ref());
        Some(match named {
            Some(name) => Arc::clone(name),
            None => self.get(from).name.to_lowercase().into(),
        })
    }

    /// What a name at the start of a lookup means on a model: a field, `pk`, the raw key of a
    /// relation, or a way back.
    pub fn lookup(&self, id: ModelId, name: &str) -> Found<'_> {
        let model = self.get(id);
        let name = match (name, &model.pk) {
            ("pk", Some(pk)) => pk,
            ("pk", None) => return Found::Unknown,
            _ => name,
        };
        if let Some((owner, field)) = self.field(id, name) {
            return Found::Field(owner, field);
        }
        let is_key = |field: &Field| {
            field.kind.is_foreign_key() && name.strip_suffix("_id") == Some(&field.name)
        };
        if let Some((owner, field)) = self.find_field(id, &is_key, 0) {
            return Found::Key(owner, field);
        }
        let mut has_unnamed = false;
        let mut ways = Vec::new();
        for reverse in self.reverse(id) {
            match self.query_name(reverse) {
                Some(query_name) if *query_name == *name => ways.push(reverse),
                Some(_) => {}
                None => has_unnamed = true,
            }
        }
        match ways[..] {
            [way] => Found::Reverse(way),
            [] if !has_unnamed && !self.is_open(id) => Found::Nothing,
            // Which of several Django takes hangs on the order in which it meets them.
            _ => Found::Unknown,
        }
    }

    /// Whether a model or one of its parents may have more than is known.
    pub fn is_open(&self, id: ModelId) -> bool {
        let model = self.get(id);
        // What leads back to a parent is not known where nothing installs its app.
        let is_open_above = |above: &Model| {
            above.is_open || model.is_registered && !above.is_registered && !above.is_abstract
        };
        let mut parents = model.parents.iter().filter(|parent| parent.model != id);
        model.is_open || parents.any(|parent| is_open_above(self.get(parent.model)))
    }

    /// Every name that a lookup may start with, for suggestions.
    pub fn names(&self, id: ModelId) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = Vec::new();
        for (_, field) in self.fields(id) {
            names.push(Arc::clone(&field.name));
        }
        for reverse in self.reverse(id) {
            names.extend(self.query_name(reverse).filter(|name| !name.ends_with('+')));
        }
        names.sort();
        names.dedup();
        names
    }
}

impl Field {
    pub fn relation(&self) -> Option<&Relation> {
        self.relation.as_deref()
    }
}
