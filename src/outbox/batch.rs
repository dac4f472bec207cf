//! New messages, to be inserted together: the ledger hands over up to a batch of events at a time.

use diesel::prelude::*;

use super::model::{DeliveryChannel, DeliveryState, NewDelivery, Recipient, Template};
use crate::clock::Timestamp;
use crate::ids::{CaseId, DeliveryId, DepartmentId, EventId};
use crate::store::schema::deliveries;
use crate::store::{Bulk, Tx, bulk_row};

#[derive(Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
struct NewRow {
    id: DeliveryId,
    event_id: EventId,
    channel: DeliveryChannel,
    template: Template,
    recipient: Recipient,
    case_id: CaseId,
    agency_id: Option<DepartmentId>,
    state: DeliveryState,
    attempts: i64,
    next_at: Timestamp,
    created_at: Timestamp,
}

bulk_row!(NewRow: deliveries
    (id, event_id, channel, template, recipient, case_id, agency_id, state, attempts, next_at, created_at) or_keep);

/// New messages. Adding one again for the same event, channel and recipient changes nothing.
#[derive(Default)]
pub struct Batch(Vec<NewRow>);

impl Batch {
    /// Adds a message that follows an event, due at once.
    pub fn add(&mut self, event: EventId, delivery: NewDelivery, now: Timestamp) {
        self.0.push(NewRow {
            id: DeliveryId::new(),
            event_id: event,
            channel: delivery.channel,
            template: delivery.template,
            recipient: delivery.recipient,
            case_id: delivery.case_id,
            agency_id: delivery.agency_id,
            state: DeliveryState::Pending,
            attempts: 0,
            next_at: now,
            created_at: now,
        });
    }

    /// Inserts all of them.
    pub fn insert(self, tx: &mut Tx<'_>) {
        if !self.0.is_empty() {
            tx.insert(Bulk::all(self.0));
        }
    }
}
