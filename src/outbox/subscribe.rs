//! Which events make which messages.

use super::batch::Batch;
use super::model::{DeliveryChannel, NewDelivery, Recipient, Template};
use crate::error::Failure;
use crate::ids::{CaseId, DepartmentId};
use crate::journal::{Fanout, Placed};
use crate::store::Tx;

/// The messages that follow an event of a case.
pub fn deliveries_for(event: &str, case_id: Option<CaseId>, agency_id: Option<DepartmentId>) -> Vec<NewDelivery> {
    let template = match event {
        "case.submitted" => Template::CaseReceived,
        "case.accepted" => Template::CaseAccepted,
        "case.correction_requested" => Template::CorrectionRequested,
        "case.rejected" => Template::CaseRejected,
        "case.suspended" => Template::CaseSuspended,
        "case.term_extended" => Template::TermExtended,
        "case.decided" => Template::CaseDecided,
        "case.closed" => Template::CaseClosed,
        "case.withdrawn" => Template::CaseWithdrawn,
        "case.terminated" => Template::CaseTerminated,
        _ => return Vec::new(),
    };
    let (channel, recipient) = (DeliveryChannel::Email, Recipient::Applicant);
    let mail = |case_id| NewDelivery { channel, template, recipient, case_id, agency_id };
    case_id.map(mail).into_iter().collect()
}

/// Puts the messages that follow an event beside it, in the ledger's transaction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscriptions;

impl Fanout for Subscriptions {
    fn deliveries(&self, tx: &mut Tx<'_>, rows: &[Placed]) -> Result<(), Failure> {
        let mut batch = Batch::default();
        // Whoever is unknown gets no mail: a city's history makes no rows here.
        for row in rows.iter().filter(|row| row.customer.is_some()) {
            for delivery in deliveries_for(&row.event, row.case, row.agency) {
                batch.add(row.id, delivery, row.recorded_at);
            }
        }
        batch.insert(tx);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Event;
    use std::collections::BTreeSet;

    #[test]
    fn the_applicant_hears_of_every_step_that_takes_up_stops_lengthens_or_ends_a_case_and_of_nothing_internal() {
        let case = Some(CaseId::new());
        let told: Vec<_> = Event::NAMES.iter().filter(|name| !deliveries_for(name, case, None).is_empty()).collect();
        let expected = [
            "case.submitted",
            "case.accepted",
            "case.rejected",
            "case.correction_requested",
            "case.suspended",
            "case.term_extended",
            "case.decided",
            "case.closed",
            "case.withdrawn",
            "case.terminated",
        ];
        assert_eq!(told.into_iter().copied().collect::<BTreeSet<_>>(), expected.into_iter().collect());
    }

    #[test]
    fn every_message_follows_exactly_one_event() {
        let made = Event::NAMES.iter().flat_map(|name| deliveries_for(name, Some(CaseId::new()), None));
        let mut templates: Vec<_> = made.map(|delivery| delivery.template).collect();
        templates.sort_unstable();
        let mut all = Template::ALL.to_vec();
        all.sort_unstable();
        assert_eq!(templates, all);
    }
}
