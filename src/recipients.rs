//! Who gets a message about a case, and what it says: where cases, customers and agencies meet.

use chrono::NaiveDate;
use chrono_tz::Tz;
use futures_util::future::BoxFuture;

use crate::access::Call;
use crate::agencies::Tree;
use crate::calendar::local_date;
use crate::cases::Cases;
use crate::cases::model::{CaseView, ClockKind, MaterialState};
use crate::catalogue::{Outcome, Published};
use crate::clock::Clock;
use crate::customers::Customers;
use crate::error::{Code, Failure};
use crate::localized::Lang;
use crate::outbox::{Content, Delivery, Letter, Nobody, Recipients, Resolved, Template};
use crate::store::{Db, Store};

/// Finds the applicant's address when a message is sent.
#[derive(Clone)]
pub struct Applicants {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Cases.
    pub cases: Cases,
    /// Customers.
    pub customers: Customers,
    /// Agencies.
    pub tree: Tree,
}

impl Recipients for Applicants {
    fn resolve<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Result<Resolved, Failure>> {
        let (inside, delivery) = (self.clone(), delivery.clone());
        Box::pin(async move { self.store.read(move |db| inside.find(db, &delivery)).await })
    }
}

impl Applicants {
    fn find(&self, db: &mut impl Db, delivery: &Delivery) -> Result<Resolved, Failure> {
        let Some(id) = delivery.case_id else { return Ok(Resolved::Nobody(Nobody::Gone)) };
        let case = match self.cases.get(db, &Call::system(self.clock.now()), id) {
            Err(failure) if failure.code() == Code::NotFound => return Ok(Resolved::Nobody(Nobody::Gone)),
            case => case?,
        };
        let Some(customer) = case.customer else { return Ok(Resolved::Nobody(Nobody::Anonymous)) };
        let Some((address, lang)) = self.customers.mail_address(db, customer)? else {
            return Ok(Resolved::Nobody(Nobody::NoAddress));
        };
        let name = self.customers.name_masked(db, customer)?;
        let letter = self.letter(&case, delivery.template, lang, name)?;
        Ok(Resolved::Mail { address, lang, letter: Box::new(letter) })
    }

    fn letter(&self, case: &CaseView, template: Template, lang: Lang, name: Option<String>) -> Result<Letter, Failure> {
        let item = self.cases.items.by_id(case.service_item_id);
        let item = item.ok_or_else(|| Failure::internal("a case of an unknown item"))?;
        let agency = self.tree.agency_of(case.summary.department).and_then(|id| self.tree.get(id));
        Ok(Letter {
            name,
            number: case.summary.number.clone().unwrap_or_default(),
            item: item.item.names.get(lang).to_owned(),
            agency: agency.map(|a| a.names.get(lang).to_owned()).unwrap_or_default(),
            content: content(case, &item, template, lang),
        })
    }
}

fn content(case: &CaseView, item: &Published, template: Template, lang: Lang) -> Content {
    let tz = item.jurisdiction.time_zone;
    let outcome = case.outcome.as_ref().and_then(|code| outcome(item, code));
    match template {
        Template::CaseReceived => {
            Content::CaseReceived { received_on: received_on(case, tz), missing: missing(case, lang) }
        }
        Template::CorrectionRequested => {
            Content::CorrectionRequested { missing: missing(case, lang), due_on: correction_due(case) }
        }
        // Whoever is refused acceptance may appeal (Licensing Law art. 32, 38).
        Template::CaseRejected => Content::CaseRejected { appeal: true },
        Template::CaseDecided => Content::CaseDecided {
            outcome: outcome.map(|o| o.names.get(lang).to_owned()).unwrap_or_default(),
            appeal: outcome.is_some_and(|o| o.needs_appeal_route),
        },
        Template::CaseClosed => Content::CaseClosed { evaluation: case.evaluations.is_empty() },
        Template::CaseWithdrawn => Content::CaseWithdrawn { deemed: deemed_withdrawn(case) },
        Template::CaseTerminated => Content::CaseTerminated {},
    }
}

fn outcome<'i>(item: &'i Published, code: &str) -> Option<&'i Outcome> {
    item.item.outcomes.iter().find(|o| o.code.as_str() == code)
}

fn received_on(case: &CaseView, tz: Tz) -> NaiveDate {
    local_date(case.summary.received_at.utc(), tz)
}

fn missing(case: &CaseView, lang: Lang) -> Vec<String> {
    let missing = case.materials.iter().filter(|m| m.state == MaterialState::Missing);
    missing.map(|m| m.names.as_ref().map_or(m.code.clone(), |n| n.get(lang).to_owned())).collect()
}

fn correction_due(case: &CaseView) -> Option<NaiveDate> {
    case.clocks.iter().find(|c| c.kind == ClockKind::Correction).map(|c| c.due_on)
}

/// A withdrawal by law counts from the instant at which the correction term ended.
fn deemed_withdrawn(case: &CaseView) -> bool {
    let due = case.clocks.iter().find(|c| c.kind == ClockKind::Correction).map(|c| c.due_at);
    due.is_some() && due == case.summary.ended_at
}
