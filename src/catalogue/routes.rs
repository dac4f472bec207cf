//! The catalogue over HTTP: what the government offers, public.

use std::sync::Arc;

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::behaviour::{Audience, ItemKind};
use super::items::{Items, Published};
use super::model::ServiceItem;
use crate::error::Failure;
use crate::http::{Answer, Id, Listing, Open, Page, PageOf, Reply, why};
use crate::ids::{DepartmentId, ServiceItemId};

/// How long anybody may keep an answer, in seconds.
const CACHE_SECONDS: u32 = 60;

/// All routes of the room.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(get_item);
}

/// A service item as it is published.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceItemView {
    /// This version's id.
    id: ServiceItemId,
    /// Whether new cases may use this version.
    in_use: bool,
    /// The responsible department.
    department_id: DepartmentId,
    /// Its agency.
    agency_id: DepartmentId,
    /// The definition.
    #[serde(flatten)]
    item: ServiceItem,
}

impl From<&Published> for ServiceItemView {
    fn from(published: &Published) -> Self {
        Self {
            id: published.id,
            in_use: published.in_use,
            department_id: published.department,
            agency_id: published.agency,
            item: published.item.clone(),
        }
    }
}

/// Which service items.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ItemQuery {
    /// Words that must all occur in code, names or descriptions, in any language.
    #[param(max_length = 200)]
    search: Option<String>,
    /// For this kind of customer.
    audience: Option<Audience>,
    /// Of this kind.
    kind: Option<ItemKind>,
    /// Of this department.
    department: Option<DepartmentId>,
    /// Of this jurisdiction.
    #[param(max_length = 64)]
    jurisdiction: Option<String>,
}

/// List service items 政务服务事项
///
/// The versions in use, by jurisdiction and code.
#[utoipa::path(
    operation_id = "listServiceItems",
    tag = "catalogue",
    params(ItemQuery, Page),
    responses((status = 200, description = "A page of service items.", body = PageOf<ServiceItemView>))
)]
#[get("/service-items")]
async fn list(_: Open<why::Catalogue>, items: web::Data<Items>, listing: Listing<ItemQuery>) -> Answer {
    let Listing { filter, page } = listing;
    let after = page.after::<String, String>("service-items")?.map(|c| (c.key, c.id));
    let key = |p: &Arc<Published>| (p.jurisdiction.code.to_string(), p.item.code.to_string());
    let mut found = items.all_in_use();
    found.retain(|p| matches(p, &filter));
    let count = i64::try_from(found.len()).map_err(Failure::internal)?;
    found.retain(|p| after.as_ref().is_none_or(|after| key(p) > *after));
    found.truncate(usize::try_from(page.fetch()).map_err(Failure::internal)?);
    let slice = page.cut("service-items", found, key).map(|p| ServiceItemView::from(p.as_ref()));
    let slice = if page.count_wanted() { slice.counted(count) } else { slice };
    Ok(Reply::page(slice)?.cached(CACHE_SECONDS))
}

fn matches(published: &Published, query: &ItemQuery) -> bool {
    let item = &published.item;
    query.audience.is_none_or(|a| item.audience.contains(&a))
        && query.kind.is_none_or(|k| item.kind == k)
        && query.department.is_none_or(|d| published.department == d)
        && query.jurisdiction.as_ref().is_none_or(|j| published.jurisdiction.code.as_str() == j)
        && query.search.as_ref().is_none_or(|words| mentions(item, words))
}

fn mentions(item: &ServiceItem, words: &str) -> bool {
    let texts = item.names.iter().chain(item.descriptions.iter().flat_map(|d| d.iter()));
    let mut all: Vec<String> = texts.map(|(_, text)| folded(text)).collect();
    all.push(folded(item.code.as_str()));
    folded(words).split_whitespace().all(|word| all.iter().any(|text| text.contains(word)))
}

fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// Read a service item
///
/// Any published version, also one that is superseded: its cases keep it.
#[utoipa::path(
    operation_id = "getServiceItem",
    tag = "catalogue",
    params(("id" = ServiceItemId, Path, description = "A version of the service item.")),
    responses((status = 200, description = "The service item.", body = ServiceItemView))
)]
#[get("/service-items/{id}")]
async fn get_item(_: Open<why::Catalogue>, items: web::Data<Items>, Id(id): Id<ServiceItemId>) -> Answer {
    let published = items.by_id(id).ok_or_else(Failure::not_found)?;
    Ok(Reply::ok(ServiceItemView::from(published.as_ref()), published_version(&published))?.cached(CACHE_SECONDS))
}

fn published_version(published: &Published) -> i64 {
    i64::from(published.item.version.get())
}
