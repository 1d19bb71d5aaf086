//! Rows that a function fetches itself, and by which queries.

use super::{Bound, Variable};
use crate::Project;
use crate::facts::{Expr, ExprRef};
use crate::flows::{Held, Target};
use crate::models::ModelId;
use crate::modules::{Definition, ModuleId};

/// Methods that fetch one row and make none.
const TAKING: &[&str] = &["earliest", "first", "get", "last", "latest"];

/// How the row of a variable is fetched.
#[derive(Clone, Debug)]
pub struct FetchedRow<'a> {
    pub model: ModelId,
    /// The methods of the queryset that it comes from; of all branches, where there are several.
    pub methods: Vec<&'a str>,
    /// Whether it is one of several that are gone through.
    pub is_looped: bool,
}

impl FetchedRow<'_> {
    /// Whether one of these methods is called on the queryset.
    pub fn has(&self, methods: &[&str]) -> bool {
        self.methods.iter().any(|method| methods.contains(method))
    }
}

impl Project {
    /// How a variable's row is fetched, where each of its values is a query that is seen from its
    /// beginning.
    pub fn fetched_row<'a>(
        &'a self,
        module: ModuleId,
        variable: &'a Variable,
    ) -> Option<FetchedRow<'a>> {
        let Held::Row(model) = variable.holds else {
            return None;
        };
        let body = self.modules.facts(module).body(variable.body);
        let mut found = FetchedRow {
            model,
            methods: Vec::new(),
            is_looped: false,
        };
        for bound in &variable.bound {
            let methods = match *bound {
                Bound::Value(value) => self.taken(module, body.expr(value))?,
                Bound::Element(many) => {
                    found.is_looped = true;
                    self.methods_of(module, body.expr(many))?
                }
                Bound::Other => return None,
            };
            found.methods.extend(methods);
        }
        Some(found)
    }

    /// The methods of the queryset of which an expression takes one row.
    fn taken<'a>(&'a self, module: ModuleId, value: ExprRef<'a>) -> Option<Vec<&'a str>> {
        let call = value.as_call()?;
        if let Some((rows, method)) = call.callee.as_attribute()
            && TAKING.contains(&method)
            && self.rows_asked(module, call).is_some()
        {
            return self.methods_of(module, rows);
        }
        let calls = self.calls(module);
        match calls.target(value.body.id, value.id)? {
            Target::Outside(name) if calls.name(name) == "django.shortcuts.get_object_or_404" => {
                let rows = call.positional().next()?;
                match self.modules.resolve_expr(module, rows) {
                    Definition::Class(_) => Some(Vec::new()),
                    _ => self.methods_of(module, rows),
                }
            }
            _ => None,
        }
    }

    /// The methods of a queryset or manager.
    fn methods_of<'a>(&'a self, module: ModuleId, rows: ExprRef<'a>) -> Option<Vec<&'a str>> {
        if let Some(making) = self.making(module, rows) {
            return Some(making.methods().collect());
        }
        let is_manager = matches!(rows.kind(), Expr::Attribute(..))
            && matches!(self.held_before(module, rows), Held::Rows(_));
        is_manager.then(Vec::new)
    }
}
