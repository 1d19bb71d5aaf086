//! djmoney: the currency beside each amount.

use super::{Builder, arguments, made_field};
use crate::constant::Constant;
use crate::models::{Field, Model};
use crate::modules::{Ancestor, ClassRef, Modules};

const CURRENCY: &str = "djmoney.models.fields.CurrencyField";

/// Each amount brings a field for its currency along, unless the model has one by that name
/// (`MoneyField.add_currency_field` of djmoney 3.5).
pub(super) fn add_currencies(builder: &Builder<'_>, model: &mut Model) {
    let mut fields = Vec::new();
    for field in std::mem::take(&mut model.fields) {
        let is_money = field
            .class
            .class
            .is_some_and(|class| is_money(builder.modules, class))
            || &*field.class.dotted == "djmoney.models.fields.MoneyField";
        if is_money {
            let name = match field.argument("currency_field_name") {
                Some(Constant::Str(name)) => name.to_string(),
                _ => format!("{}_currency", field.name),
            };
            let is_there = |known: &Field| *known.name == *name;
            if !fields.iter().any(is_there) {
                fields.push(currency(builder, &name, &field));
            }
        }
        // One of the model's own takes the place of the one brought along.
        fields.retain(|known: &Field| known.name != field.name);
        fields.push(field);
    }
    model.fields = fields;
}

fn currency(builder: &Builder<'_>, name: &str, amount: &Field) -> Field {
    let null = amount.null().unwrap_or(false);
    let length = match amount.argument("currency_max_length") {
        Some(Constant::Int(length)) => *length,
        _ => 3,
    };
    let given = arguments(&[
        ("max_length", Constant::Int(length)),
        ("editable", Constant::Bool(false)),
        ("null", Constant::Bool(null)),
        ("default", Constant::Unknown),
        ("choices", Constant::Unknown),
    ]);
    made_field(builder, name, CURRENCY, given)
}

fn is_money(modules: &Modules, class: ClassRef) -> bool {
    let mro = modules.mro(class);
    mro.ancestors.iter().any(|ancestor| match ancestor {
        Ancestor::Class(class) => {
            modules.class_name(*class) == "MoneyField"
                && modules.get(class.module).name == "djmoney.models.fields"
        }
        Ancestor::External(dotted) => dotted == "djmoney.models.fields.MoneyField",
        Ancestor::Unknown => false,
    })
}
