//! `If-Match`: nobody overwrites what they have not seen.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::error::{Code, Failure};

/// The version that a change is meant for (RFC 9110 §13.1.1); 428 without the header. Document it with `params(IfMatch)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(Option<i64>);

impl IfMatch {
    /// The expected version; none for `*`: any.
    pub fn version(self) -> Option<i64> {
        self.0
    }

    /// Refuses unless the record has the expected version. The store compares again when it updates.
    ///
    /// # Errors
    /// 412 `stale`.
    pub fn check(self, current: i64) -> Result<(), Failure> {
        match self.0 {
            Some(expected) if expected != current => Err(Failure::refused(Code::Stale)),
            _ => Ok(()),
        }
    }

    fn of(request: &HttpRequest) -> Result<Self, Failure> {
        let mut values = request.headers().get_all(header::IF_MATCH);
        let value = values.next().ok_or_else(|| Failure::refused(Code::PreconditionRequired))?;
        // A weak tag, a foreign one, or several different ones: none of them is a version of ours.
        let stale = || Failure::refused(Code::Stale);
        if values.next().is_some() {
            return Err(stale());
        }
        let value = value.to_str().map_err(|_| stale())?.trim();
        if value == "*" {
            return Ok(Self(None));
        }
        version(value).map(|version| Self(Some(version))).ok_or_else(stale)
    }
}

/// `7` of `"7.c2hvcnQ"`: the version alone is compared, since the rest depends on caller and language.
fn version(tag: &str) -> Option<i64> {
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    let (version, hash) = inner.split_once('.')?;
    let plain = !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let digits = version.bytes().all(|b| b.is_ascii_digit());
    if plain && digits { version.parse().ok() } else { None }
}

impl FromRequest for IfMatch {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(100))
            .examples(["\"3.o3S0n9gkVZ0Yb7r1b2m8fA\""]);
        let parameter = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some("The `ETag` of the version that is to be changed, or `*` for any."))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn of(value: &str) -> Result<IfMatch, Failure> {
        IfMatch::of(&TestRequest::get().insert_header((header::IF_MATCH, value)).to_http_request())
    }

    #[test]
    fn only_the_version_of_a_tag_is_compared() {
        assert_eq!(of("\"3.abc\""), Ok(IfMatch(Some(3))));
        assert_eq!(of(" \"3.other\" "), Ok(IfMatch(Some(3))));
        assert_eq!(of("*"), Ok(IfMatch(None)));
        assert_eq!(IfMatch(Some(3)).check(4), Err(Failure::refused(Code::Stale)));
        assert_eq!(IfMatch(Some(3)).check(3), Ok(()));
        assert_eq!(IfMatch(None).check(9), Ok(()));
    }

    #[test]
    fn a_tag_that_is_not_ours_is_stale_and_none_at_all_is_required() {
        for foreign in
            ["W/\"3.abc\"", "\"abc\"", "3", "\"3.a\", \"4.b\"", "\"-1.a\"", "\"3.\"", "\"99999999999999999999.a\""]
        {
            assert_eq!(of(foreign), Err(Failure::refused(Code::Stale)), "{foreign}");
        }
        let none = IfMatch::of(&TestRequest::get().to_http_request());
        assert_eq!(none, Err(Failure::refused(Code::PreconditionRequired)));
    }
}
