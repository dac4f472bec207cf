//! New messages as one insert: the ledger hands over up to a batch of events at a time.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::sql_types::{Array, Nullable, Text};

use super::model::{DeliveryChannel, DeliveryState, NewDelivery, Recipient, Template};
use crate::clock::Timestamp;
use crate::ids::{CaseId, DeliveryId, DepartmentId, EventId};
use crate::store::schema::deliveries;
use crate::store::{Deferred, Instant, Tx};

/// New messages, column by column. Adding one again for the same event, channel and recipient changes nothing.
#[derive(Default)]
pub struct Batch {
    ids: Vec<DeliveryId>,
    events: Vec<EventId>,
    channels: Vec<DeliveryChannel>,
    templates: Vec<Template>,
    recipients: Vec<Recipient>,
    cases: Vec<CaseId>,
    agencies: Vec<Option<DepartmentId>>,
    due: Vec<Timestamp>,
}

impl Batch {
    /// Adds a message that follows an event, due at once.
    pub fn add(&mut self, event: EventId, delivery: NewDelivery, now: Timestamp) {
        self.ids.push(DeliveryId::new());
        self.events.push(event);
        self.channels.push(delivery.channel);
        self.templates.push(delivery.template);
        self.recipients.push(delivery.recipient);
        self.cases.push(delivery.case_id);
        self.agencies.push(delivery.agency_id);
        self.due.push(now);
    }

    /// Inserts all of them.
    pub fn insert(self, tx: &mut Tx<'_>) {
        if !self.ids.is_empty() {
            tx.insert(self);
        }
    }
}

impl Deferred for Batch {
    /// No round trips to save: one prepared statement, again and again.
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize> {
        let events = self.ids.iter().zip(&self.events).zip(&self.cases).zip(&self.agencies).zip(&self.due);
        let kinds = self.channels.iter().zip(&self.templates).zip(&self.recipients);
        let rows = events.zip(kinds);
        rows.map(|(((((id, event), case), agency), due), ((channel, template), recipient))| {
            diesel::insert_into(deliveries::table)
                .values((
                    deliveries::id.eq(id),
                    deliveries::event_id.eq(event),
                    deliveries::channel.eq(channel),
                    deliveries::template.eq(template),
                    deliveries::recipient.eq(recipient),
                    deliveries::case_id.eq(case),
                    deliveries::agency_id.eq(agency),
                    deliveries::state.eq(DeliveryState::Pending),
                    deliveries::attempts.eq(0_i64),
                    deliveries::next_at.eq(due),
                    deliveries::created_at.eq(due),
                ))
                .on_conflict_do_nothing()
                .execute(conn)
        })
        .sum()
    }

    /// One statement, the same for any number of messages.
    fn walk_pg<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO deliveries (id, event_id, channel, template, recipient, case_id, agency_id, state, attempts, \
             next_at, created_at) SELECT id, event_id, channel, template, recipient, case_id, agency_id, 'pending', 0, \
             due, due FROM unnest(",
        );
        out.push_bind_param::<Array<Text>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.events)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.channels)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.templates)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.recipients)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.cases)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.agencies)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Instant>, _>(&self.due)?;
        out.push_sql(
            ") AS new (id, event_id, channel, template, recipient, case_id, agency_id, due) ON CONFLICT DO NOTHING",
        );
        Ok(())
    }
}
