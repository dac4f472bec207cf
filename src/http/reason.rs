//! The header `X-Reason`, for `params(…)` of what some of the staff have to give a reason for.

use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// Why staff do it. [`super::Guard`] demands it of whoever has to give one; the words are
/// kept sealed for auditors, and the journal names them by id and keyed digest.
pub struct Reason;

impl IntoParams for Reason {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(4))
            .max_length(Some(500))
            .examples(["counter visit"]);
        let parameter = ParameterBuilder::new()
            .name("X-Reason")
            .parameter_in(ParameterIn::Header)
            .description(Some("Why staff do this; some roles have to say. It is kept, sealed, and auditors read it."))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}
