//! Ids in paths.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt;
use serde::de::DeserializeOwned;

use crate::error::Failure;

/// What stands in the path: `Id<CaseId>`, or `Id<(CustomerId, IdentifierId)>`. What does not read as such an id names
/// nothing: 404. Document it with `params(("id" = CaseId, Path, description = "…"))`.
pub struct Id<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Id<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let path = web::Path::<T>::extract(request).now_or_never().and_then(Result::ok);
        ready(path.map(|path| Self(path.into_inner())).ok_or_else(Failure::not_found))
    }
}
