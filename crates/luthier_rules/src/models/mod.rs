//! Rules about models.

mod choices_as_tuples;
mod empty_uses;
mod float_for_money;
mod get_model;
mod implicit_ordering_cost;
mod model_without_str;
mod mutable_default;
mod null_uses;
mod nullable_string;
mod option_names;
mod own_fields;
mod redundant_index;
mod reverse_accessor_clash;
mod unique_together_to_constraint;
mod unknown_attribute_on_row;
mod unknown_choice;
mod unknown_model;
mod unknown_option_field;
mod user_model_hardcoded;
mod written_values;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &user_model_hardcoded::USER_MODEL_HARDCODED,
    &unknown_option_field::UNKNOWN_OPTION_FIELD,
    &unknown_model::UNKNOWN_MODEL,
    &unknown_attribute_on_row::UNKNOWN_ATTRIBUTE_ON_ROW,
    &unknown_choice::RULE,
    &reverse_accessor_clash::REVERSE_ACCESSOR_CLASH,
    &unique_together_to_constraint::UNIQUE_TOGETHER_TO_CONSTRAINT,
    &choices_as_tuples::CHOICES_AS_TUPLES,
    &redundant_index::REDUNDANT_INDEX,
    &nullable_string::NULLABLE_STRING,
    &float_for_money::FLOAT_FOR_MONEY,
    &mutable_default::MUTABLE_DEFAULT,
    &implicit_ordering_cost::IMPLICIT_ORDERING_COST,
    &model_without_str::MODEL_WITHOUT_STR,
];
