//! Rules about serializers.

mod serializer_method_query;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[&serializer_method_query::SERIALIZER_METHOD_QUERY];
