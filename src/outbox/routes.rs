//! Deliveries, as staff see them: which, how far, why not. No addresses and no words.

use actix_web::{get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Delivery, DeliveryState};
use super::store;
use crate::http::{Answer, COUNT_CAP, Effect, Guard, Id, IdempotencyKey, Listing, Page, PageOf, Reply, need};
use crate::ids::DeliveryId;
use crate::journal::{Entry, Event, Subjects};

/// The room's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_deliveries).service(replay_delivery);
}

/// The list's name in its cursors.
const LIST: &str = "deliveries";

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct DeliveryFilter {
    /// Only those in this state; `dead` are those that wait for a decision of staff.
    #[param(inline)]
    state: Option<DeliveryState>,
}

/// List deliveries
///
/// Messages to applicants with how far they have come, newest first: of all agencies, or of one's own. Neither addresses
/// nor words are kept here.
#[utoipa::path(
    operation_id = "listDeliveries",
    tag = "deliveries",
    params(Page, DeliveryFilter),
    responses((status = 200, description = "One page.", body = PageOf<Delivery>)),
    extensions(("x-permission" = json!("delivery:read")))
)]
#[get("/deliveries")]
async fn list_deliveries(guard: Guard<need::DeliveryRead>, wanted: Listing<DeliveryFilter>) -> Answer {
    let permission = guard.permission();
    let Listing { filter, page } = wanted;
    let slice = guard
        .read(move |db, call| {
            let scope = call.actor.scope(permission);
            let after = page.after::<DeliveryId, DeliveryId>(LIST)?.map(|cursor| cursor.id);
            let rows = store::list(db, &scope, filter.state, after, page.fetch())?;
            let slice = page.cut(LIST, rows, |row| (row.id.to_string(), row.id.to_string()));
            if !page.count_wanted() {
                return Ok(slice);
            }
            Ok(slice.counted(store::count(db, &scope, filter.state, COUNT_CAP.saturating_add(1))?))
        })
        .await?;
    Reply::page(slice)
}

/// Send a dead delivery again
///
/// It becomes due at once, with all its tries. Its Message-ID stays, so that a recipient who has it already is not told
/// twice.
#[utoipa::path(
    operation_id = "replayDelivery",
    tag = "deliveries",
    params(("id" = DeliveryId, Path, description = "The delivery."), IdempotencyKey),
    responses((status = 200, description = "The delivery, due again.", body = Delivery)),
    extensions(("x-permission" = json!("delivery:replay")))
)]
#[post("/deliveries/{id}/replay")]
async fn replay_delivery(guard: Guard<need::DeliveryReplay>, Id(id): Id<DeliveryId>) -> Answer {
    let permission = guard.permission();
    guard
        .effect(
            move |tx, call| {
                let found = store::replay(tx, &call.actor.scope(permission), id, call.now)?;
                let event = Event::DeliveryReplayed { delivery: id };
                let subjects = Subjects {
                    case: found.case_id,
                    agency: found.agency_id,
                    other: Some(id.to_string()),
                    customer: None,
                };
                let entry = Entry::new(&event, &call.author(), subjects, call.now, call.now)?;
                Ok(tx.record(entry, Effect::done(id, None, found)))
            },
            move |db, call, _| {
                let found = store::delivery(db, &call.actor.scope(permission), id)?;
                Ok(Effect::done(id, None, found))
            },
        )
        .await
}
