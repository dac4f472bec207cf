//! Beginning a case: as a draft, or handed in at once. Everything that can be checked is checked before the transaction,
//! which then only inserts.

use chrono::Datelike;
use serde_json::Value;

use super::Cases;
use super::admission;
use super::clocks;
use super::materials;
use super::model::{ClockKind, Disclosure, Intent, Location, NewCase};
use super::number::{CaseNumber, CaseRegion};
use super::open::{effective, subjects};
use super::placing::Placed;
use super::store::{self, CaseRow, ClockRow, ContentRow, MaterialRow};
use super::words::Outcome;
use super::workflow::Stage;
use crate::access::{Call, Permission, Principal};
use crate::catalogue::{ClockStart, Published};
use crate::clock::Timestamp;
use crate::customers::CustomerKind;
use crate::error::{Code, Failure};
use crate::ids::{CaseId, CustomerId};
use crate::journal::{Author, Entry, Event};
use crate::localized::Lang;
use crate::seal::Place;
use crate::store::{Db, Tx};

/// The source of what is filed here, not taken over from another system.
pub(super) const HERE: &str = "gcrm";

/// Who applies, as filed.
#[derive(Clone, Debug, Default)]
pub struct Applicant {
    customer: Option<CustomerId>,
    kind: Option<CustomerKind>,
    snapshot: Option<Value>,
}

/// A case ready to be inserted.
#[derive(Clone)]
pub struct Prepared {
    row: CaseRow,
    content: ContentRow,
    materials: Vec<MaterialRow>,
    clocks: Vec<ClockRow>,
    event: Event,
}

impl Cases {
    /// Who the applicant of a new case is, with the snapshot that the case keeps.
    ///
    /// # Errors
    /// 409 `no_customer` for a named case of nobody; 400 for somebody else's customer without a staff permission; 404 for
    /// no customer; before anything is told of the customer, 403 and 409 for a case that cannot go where it should.
    pub fn applicant(&self, db: &mut impl Db, call: &Call, input: &NewCase) -> Result<Applicant, Failure> {
        if input.disclosure() != Disclosure::Named {
            return Ok(Applicant::default());
        }
        self.place(call, input)?;
        let own = call.actor.customer();
        let customer = input.customer.or(own).ok_or_else(|| Failure::refused(Code::NoCustomer))?;
        if Some(customer) != own && !call.actor.beyond_own(Permission::CaseCreate) {
            return Err(Failure::field("/customer", "not_yours", "file for the customer your account is linked to"));
        }
        let snapshot = self.customers.snapshot(db, customer)?;
        let kind = Some(snapshot.kind);
        let snapshot = serde_json::to_value(snapshot).map_err(Failure::internal)?;
        Ok(Applicant { customer: Some(customer), kind, snapshot: Some(snapshot) })
    }

    /// Checks a new case and makes it ready to be inserted; takes its number.
    ///
    /// # Errors
    /// 400 with every wrong field at once, for an applicant whom the item is not for, and `reason_required` from staff who
    /// file without one; 409 `item_not_in_use`, `anonymous_not_allowed`; 403 for a department that `case:create` does not
    /// reach, and for stating a past time or another department than the item's without `case:backdate`.
    pub async fn prepare(
        &self,
        call: &Call,
        lang: Lang,
        input: NewCase,
        applicant: Applicant,
    ) -> Result<Prepared, Failure> {
        let placed = self.place(call, &input)?;
        if input.disclosure() == Disclosure::Anonymous && !placed.item.item.anonymous_allowed {
            return Err(Failure::refused(Code::AnonymousNotAllowed));
        }
        let at = effective(call, input.effective_at, placed.department, None)?;
        admission::check(call, lang, &input, applicant.kind, &placed.item)?;
        let number = match input.intent {
            Intent::Draft => None,
            Intent::Submit => Some(self.number(&placed.item, at).await?),
        };
        self.assemble(call, &input, applicant, &placed, at, number)
    }

    /// Everything that can be told to be wrong with a new case before it is known who applies.
    ///
    /// # Errors
    /// As [`Cases::prepare`].
    pub fn mistakes(&self, call: &Call, lang: Lang, input: &NewCase) -> Result<(), Failure> {
        let item = self.items.in_use(&input.jurisdiction, &input.service_item)?;
        admission::check(call, lang, input, None, &item)
    }

    /// The next number for a case of this item received at `at`.
    pub(super) async fn number(&self, item: &Published, at: Timestamp) -> Result<CaseNumber, Failure> {
        let region = CaseRegion::parse(item.jurisdiction.number_region.as_str()).map_err(Failure::internal)?;
        let year = self.timing(item)?.day(at).year();
        self.numbers.take(&region, u16::try_from(year).map_err(Failure::internal)?).await
    }

    fn assemble(
        &self,
        call: &Call,
        input: &NewCase,
        applicant: Applicant,
        placed: &Placed,
        at: Timestamp,
        number: Option<CaseNumber>,
    ) -> Result<Prepared, Failure> {
        let (id, item) = (CaseId::new(), &placed.item);
        let (materials, missing) = materials::of_item(id, item, &input.materials, call.now);
        let number = number.map(|n| n.to_string());
        let event = match &number {
            None => Event::CaseDrafted { item: item.item.code.to_string() },
            Some(number) => Event::CaseSubmitted {
                number: number.clone(),
                item: item.item.code.to_string(),
                channel: input.channel.to_string(),
                missing,
            },
        };
        let content = self.content(id, &input.form, applicant.snapshot.as_ref())?;
        let mut row = new_row(id, call, input, applicant.customer, placed, at, number);
        let clocks = if row.stage == Stage::Draft { Vec::new() } else { self.clocks_at_receipt(&row, item, at)? };
        row.due_at = clocks.iter().map(|c| c.due_at).min().unwrap_or_else(clocks::never);
        Ok(Prepared { row, content, materials, clocks, event })
    }

    fn content(&self, id: CaseId, form: &Value, snapshot: Option<&Value>) -> Result<ContentRow, Failure> {
        let row = id.to_string();
        let form = self.keys.seal(form_place(&row), form.to_string().as_bytes())?;
        let snapshot = snapshot.unwrap_or(&Value::Null).to_string();
        let applicant = self.keys.seal(applicant_place(&row), snapshot.as_bytes())?;
        Ok(ContentRow { case_id: id, form, applicant })
    }

    /// Intake, and the main clocks where the item counts from receipt.
    pub(super) fn clocks_at_receipt(
        &self,
        row: &CaseRow,
        item: &Published,
        at: Timestamp,
    ) -> Result<Vec<ClockRow>, Failure> {
        let timing = self.timing(item)?;
        let mut kinds = vec![(ClockKind::Intake, item.item.intake)];
        if item.item.clock_starts_from == ClockStart::Receipt {
            kinds.push((ClockKind::Promise, item.item.promised.as_ref().map(|l| l.term)));
            kinds.push((ClockKind::Statutory, item.item.statutory.as_ref().map(|l| l.term)));
        }
        let budgets = kinds.into_iter().filter_map(|(kind, term)| term.map(|t| (kind, t)));
        budgets.map(|(kind, term)| clocks::start(row.id, kind, term, at, &[], &timing)).collect()
    }

    /// Inserts a prepared case: a submission, or a draft.
    ///
    /// # Errors
    /// From the commit: 409 `already_exists` for a source and external reference that the agency knows.
    pub fn insert(&self, tx: &mut Tx<'_>, call: &Call, prepared: &Prepared) -> Outcome {
        let Prepared { row, content, materials, clocks, event } = prepared.clone();
        let summary = self.summary(call, &row);
        let (at, disclosure) = (row.received_at, row.disclosure);
        let subjects = subjects(&row);
        store::insert_case(tx, row);
        store::insert_content(tx, content);
        store::insert_materials(tx, materials);
        clocks.into_iter().for_each(|c| store::insert_clock(tx, c));
        let author = author(call, disclosure);
        Ok(tx.record(Entry::new(&event, &author, subjects, at, call.now)?, summary))
    }

    /// Merges answers into what was filed (JSON Merge Patch, RFC 7396; null removes them all); gives the whole form.
    pub(super) fn merge_form(&self, tx: &mut Tx<'_>, id: CaseId, patch: &Value) -> Result<Value, Failure> {
        let mut content = store::content(tx, id)?;
        let row = id.to_string();
        let mut form = self.open_json(form_place(&row), &content.form)?;
        merge(&mut form, patch);
        if form.is_null() {
            form = Value::Object(serde_json::Map::new());
        }
        content.form = self.keys.seal(form_place(&row), form.to_string().as_bytes())?;
        store::replace_content(tx, &content)?;
        Ok(form)
    }

    /// Opens sealed JSON.
    pub(super) fn open_json(&self, place: Place<'_>, sealed: &str) -> Result<Value, Failure> {
        serde_json::from_slice(&self.keys.open(place, sealed)?).map_err(Failure::internal)
    }
}

/// Who a new case names as its author: an anonymous one names nobody, unless staff or a system took it in.
fn author(call: &Call, disclosure: Disclosure) -> Author {
    let hidden = disclosure == Disclosure::Anonymous && !call.actor.beyond_own(Permission::CaseCreate);
    if hidden { Author { actor: Principal::Anonymous.to_string(), ..call.author() } } else { call.author() }
}

/// Where the answers are sealed.
pub(super) fn form_place(row: &str) -> Place<'_> {
    Place { table: "case_contents", column: "form", row }
}

/// Where the applicant's snapshot is sealed.
pub(super) fn applicant_place(row: &str) -> Place<'_> {
    Place { table: "case_contents", column: "applicant", row }
}

fn new_row(
    id: CaseId,
    call: &Call,
    input: &NewCase,
    customer: Option<CustomerId>,
    placed: &Placed,
    at: Timestamp,
    number: Option<String>,
) -> CaseRow {
    let submitted_by = author(call, input.disclosure()).actor;
    let mut row = CaseRow {
        id,
        stage: if number.is_some() { Stage::Submitted } else { Stage::Draft },
        number,
        version: 1,
        item_id: placed.item.id,
        item_code: placed.item.item.code.to_string(),
        jurisdiction: placed.item.jurisdiction.code.to_string(),
        agency_id: placed.agency,
        department_id: placed.department,
        assignee_id: None,
        customer_id: customer,
        submitted_by,
        disclosure: input.disclosure(),
        channel: input.channel,
        source: input.source.clone().unwrap_or_else(|| HERE.to_owned()),
        external_ref: input.external_ref.clone(),
        received_at: at,
        accepted_at: None,
        decided_at: None,
        ended_at: None,
        outcome: None,
        on_time: None,
        due_at: clocks::never(),
        suspended: false,
        latitude: None,
        longitude: None,
        address: None,
        district: None,
        created_at: call.now,
        updated_at: call.now,
    };
    locate(&mut row, input.location.clone().unwrap_or_default());
    row
}

/// Writes where it is.
pub(super) fn locate(row: &mut CaseRow, location: Location) {
    row.latitude = location.latitude;
    row.longitude = location.longitude;
    row.address = location.address;
    row.district = location.district;
}

/// JSON Merge Patch, RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}
