//! Who gets a message about a case, and what it says: where cases, customers and agencies meet.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::agencies::Tree;
use crate::calendar::{PauseReason, TermUnit, local_date};
use crate::cases::Cases;
use crate::cases::shown::CaseBrief;
use crate::catalogue::{Outcome, Published};
use crate::clock::Timestamp;
use crate::customers::{Addressee, Customers};
use crate::error::Failure;
use crate::journal::{Event, event_of};
use crate::localized::Lang;
use crate::outbox::{Content, Delivery, Letter, Nobody, Recipients, Resolved};
use crate::store::{Db, Store};

/// Finds the applicant's address when a message is sent.
#[derive(Clone)]
pub struct Applicants {
    /// The database.
    pub store: Store,
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
        let Some(case) = self.cases.brief(db, id)? else { return Ok(Resolved::Nobody(Nobody::Gone)) };
        let Some(customer) = case.customer else { return Ok(Resolved::Nobody(Nobody::Anonymous)) };
        let Some(Addressee { name, email: Some(address), lang }) = self.customers.addressee(db, customer)? else {
            return Ok(Resolved::Nobody(Nobody::NoAddress));
        };
        let event = event_of(db, id, delivery.event_id)?;
        let event = event.ok_or_else(|| Failure::internal("a message about an event that does not read"))?;
        let letter = self.letter(&case, &event, lang, Some(name))?;
        Ok(Resolved::Mail { address, lang, letter: Box::new(letter) })
    }

    fn letter(&self, case: &CaseBrief, event: &Event, lang: Lang, name: Option<String>) -> Result<Letter, Failure> {
        let item = self.cases.items.by_id(case.item);
        let item = item.ok_or_else(|| Failure::internal("a case of an unknown item"))?;
        let agency = self.tree.agency_of(case.department).and_then(|id| self.tree.get(id));
        Ok(Letter {
            name,
            number: case.number.clone().unwrap_or_default(),
            item: item.item.names.get(lang).to_owned(),
            agency: agency.map(|a| a.names.get(lang).to_owned()).unwrap_or_default(),
            content: content(case, event, &item, lang)?,
        })
    }
}

/// What a message says of an event: what was so when it happened, whatever has become of the case since.
fn content(case: &CaseBrief, event: &Event, item: &Published, lang: Lang) -> Result<Content, Failure> {
    let tz = item.jurisdiction.time_zone;
    Ok(match event {
        Event::CaseSubmitted { missing, .. } => Content::CaseReceived {
            received_on: local_date(case.received_at.utc(), tz),
            missing: materials(item, missing, lang),
        },
        Event::CorrectionRequested { missing, due_at, .. } => Content::CorrectionRequested {
            missing: materials(item, missing, lang),
            due_on: due_at.map(|due_at| last_day(due_at, tz)),
        },
        // The ways of appeal are told where the decision has them (Licensing Law art. 38).
        Event::CaseRejected { appeal_route, .. } => Content::CaseRejected { appeal: appeal_route.is_some() },
        Event::CaseAccepted { deemed } => Content::CaseAccepted { deemed: *deemed },
        Event::CaseSuspended { reason, first_day, expected_days, .. } => Content::CaseSuspended {
            procedure: procedure(code(reason)?, lang).to_owned(),
            first_day: *first_day,
            expected: expected_days.map(|days| length(days, TermUnit::WorkingDay, lang)),
        },
        Event::TermExtended { value, unit, due_at, .. } => {
            Content::TermExtended { by: length(*value, code(unit)?, lang), due_on: last_day(*due_at, tz) }
        }
        Event::CaseDecided { outcome: code, appeal_route, .. } => Content::CaseDecided {
            outcome: outcome(item, code).map(|o| o.names.get(lang).to_owned()).unwrap_or_default(),
            appeal: appeal_route.is_some(),
        },
        Event::CaseClosed { .. } => Content::CaseClosed { evaluation: !case.evaluated },
        Event::CaseWithdrawn { deemed } => Content::CaseWithdrawn { deemed: *deemed },
        Event::CaseTerminated { .. } => Content::CaseTerminated {},
        other => return Err(Failure::internal(format!("no message tells of {}", other.name()))),
    })
}

/// Reads a code that serde writes (units, reasons).
fn code<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(Failure::internal)
}

/// What a case stands still for, in words that go into a sentence.
fn procedure(reason: PauseReason, lang: Lang) -> &'static str {
    let (chinese, english) = match reason {
        PauseReason::Hearing => ("听证", "a hearing"),
        PauseReason::Tender => ("招标", "a tender"),
        PauseReason::Auction => ("拍卖", "an auction"),
        PauseReason::Inspection => ("检验", "an inspection"),
        PauseReason::Testing => ("检测", "a test"),
        PauseReason::Quarantine => ("检疫", "a quarantine"),
        PauseReason::Appraisal => ("鉴定", "an appraisal"),
        PauseReason::ExpertReview => ("专家评审", "a review by experts"),
        PauseReason::Correction => ("补正", "a correction"),
        PauseReason::Consultation => ("征求意见", "the opinion of others"),
        PauseReason::Other => ("其他法定程序", "another procedure"),
    };
    match lang {
        Lang::ZhCn => chinese,
        Lang::En => english,
    }
}

/// A length of time in words.
fn length(value: i64, unit: TermUnit, lang: Lang) -> String {
    let (chinese, english) = match unit {
        TermUnit::WorkingDay => ("个工作日", "working day"),
        TermUnit::NaturalDay => ("个自然日", "calendar day"),
        TermUnit::Month => ("个月", "month"),
        TermUnit::Hour => ("小时", "hour"),
    };
    match lang {
        Lang::ZhCn => format!("{value}{chinese}"),
        Lang::En if value == 1 => format!("1 {english}"),
        Lang::En => format!("{value} {english}s"),
    }
}

fn outcome<'i>(item: &'i Published, code: &str) -> Option<&'i Outcome> {
    item.item.outcomes.iter().find(|o| o.code.as_str() == code)
}

/// The names of materials, by their codes.
fn materials(item: &Published, codes: &[String], lang: Lang) -> Vec<String> {
    let of = |code: &String| item.item.materials.iter().find(|m| m.code.as_str() == code);
    codes.iter().map(|code| of(code).map_or(code.clone(), |m| m.names.get(lang).to_owned())).collect()
}

/// The last local day of a term that is over at an instant: a midnight belongs to the day that it ends.
fn last_day(due_at: Timestamp, tz: Tz) -> NaiveDate {
    local_date(due_at.plus(TimeDelta::microseconds(-1)).utc(), tz)
}
