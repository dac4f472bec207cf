//! Drafts 草稿: their author's alone until they are handed in, and handed in as things are by then: under the version of
//! the item that is in use, by the applicant as they are.

use std::sync::Arc;

use serde_json::Value;

use super::Cases;
use super::admission::{audience_error, form_errors, unknown_materials};
use super::materials;
use super::model::{Disclosure, DraftPatch, Location, LocationPatch, MaterialState};
use super::number::CaseNumber;
use super::open::{Open, wrong_stage};
use super::placing::{for_oneself, require_reach};
use super::store::{self, CaseRow};
use super::submit::{applicant_place, form_place, locate};
use super::words::Outcome;
use super::workflow::{Action, Stage};
use crate::access::{Call, Permission};
use crate::catalogue::Published;
use crate::customers::CustomerKind;
use crate::error::{Code, Failure};
use crate::http::Merge;
use crate::ids::CaseId;
use crate::journal::Event;
use crate::localized::Lang;
use crate::store::{Db, Tx};

impl Cases {
    /// Changes a draft. If its item was published anew, the draft goes on under the new version.
    ///
    /// # Errors
    /// 409 `wrong_stage` once it is submitted, `item_not_in_use` when there is no version in use any more; 412 for an old
    /// version; 400 for unknown materials.
    pub fn change_draft(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        patch: &DraftPatch,
    ) -> Outcome {
        let (mut open, _) = self.take_up(tx, call, id, Action::Submit, expected)?;
        self.renew(tx, call, &mut open)?;
        match &patch.form {
            Merge::Keep => {}
            Merge::Remove => drop(self.merge_form(tx, id, &Value::Null)?),
            Merge::Set(form) => drop(self.merge_form(tx, id, form)?),
        }
        match &patch.materials {
            Merge::Keep => {}
            Merge::Remove => hand_in(tx, call, &open, &[])?,
            Merge::Set(codes) => hand_in(tx, call, &open, codes)?,
        }
        relocate(&mut open.row, patch.location.clone());
        let event = Event::DraftChanged { version: open.row.version.saturating_add(1) };
        self.lay_down(tx, call, open, &event, call.now)
    }

    /// The item under which a draft would be handed in now: what its number is drawn for.
    ///
    /// # Errors
    /// 404 when the case is not visible; 409 `wrong_stage` when it is no draft (any more), `item_not_in_use`.
    pub fn item_of_draft(&self, db: &mut impl Db, call: &Call, id: CaseId) -> Result<Arc<Published>, Failure> {
        let row = store::find(db, &call.actor.scope(Permission::CaseRead), id)?;
        if row.stage != Stage::Draft {
            return Err(wrong_stage(&row, Action::Submit));
        }
        self.items.in_use(&row.jurisdiction, &row.item_code)
    }

    /// The number for a draft of this item that is submitted now.
    ///
    /// # Errors
    /// The database being away.
    pub async fn number_for(&self, item: &Published, call: &Call) -> Result<CaseNumber, Failure> {
        self.number(item, call.now).await
    }

    /// Submits a draft, with its number, or why none could be drawn.
    ///
    /// # Errors
    /// 409 `wrong_stage`, `item_not_in_use`, `anonymous_not_allowed`; 412; 403 for staff whose `case:create` does not reach
    /// the department; 400 with every wrong field of the form, and for an applicant whom the item is not for.
    pub fn submit_draft(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        lang: Lang,
        id: CaseId,
        expected: Option<i64>,
        number: &Result<CaseNumber, Failure>,
    ) -> Outcome {
        let (mut open, step) = self.take_up(tx, call, id, Action::Submit, expected)?;
        self.renew(tx, call, &mut open)?;
        self.check_draft(tx, call, lang, &open)?;
        let number = number.clone()?.to_string();
        let missing = materials::missing(&store::materials(tx, id)?);
        open.row.stage = step.to;
        open.row.number = Some(number.clone());
        open.row.received_at = call.now;
        open.clocks = self.clocks_at_receipt(&open.row, &open.item, call.now)?;
        let (item, channel) = (open.row.item_code.clone(), open.row.channel.to_string());
        let event = Event::CaseSubmitted { number, item, channel, missing };
        self.lay_down(tx, call, open, &event, call.now)
    }

    /// Refuses what a case handed in at once would be refused for; takes the applicant as they are now.
    fn check_draft(&self, tx: &mut Tx<'_>, call: &Call, lang: Lang, open: &Open) -> Result<(), Failure> {
        let (row, item) = (&open.row, &open.item);
        require_reach(call, for_oneself(call, row.disclosure, row.customer_id), row.department_id)?;
        if row.disclosure == Disclosure::Anonymous && !item.item.anonymous_allowed {
            return Err(Failure::refused(Code::AnonymousNotAllowed));
        }
        let kind = self.take_applicant_anew(tx, open)?;
        let place = row.id.to_string();
        let form = self.open_json(form_place(&place), &store::content(tx, row.id)?.form)?;
        let mut errors = form_errors(item, &form, lang);
        errors.extend(kind.and_then(|kind| audience_error(item, kind, "/serviceItem")));
        if errors.is_empty() { Ok(()) } else { Err(Failure::Invalid(errors)) }
    }

    /// Keeps the applicant as they are when they file, not as they were when they began; gives their kind. None where
    /// nobody is named.
    fn take_applicant_anew(&self, tx: &mut Tx<'_>, open: &Open) -> Result<Option<CustomerKind>, Failure> {
        let Some(customer) = open.row.customer_id else { return Ok(None) };
        let snapshot = self.customers.snapshot(tx, customer)?;
        let json = serde_json::to_vec(&snapshot).map_err(Failure::internal)?;
        let mut content = store::content(tx, open.row.id)?;
        content.applicant = self.keys.seal(applicant_place(&open.row.id.to_string()), &json)?;
        store::replace_content(tx, &content)?;
        Ok(Some(snapshot.kind))
    }

    /// Puts a draft under the version of its item that is in use now: its form and clocks, its department unless another
    /// was chosen, and its materials, of which those that were handed in stay so where they are still asked for.
    fn renew(&self, tx: &mut Tx<'_>, call: &Call, open: &mut Open) -> Result<(), Failure> {
        let item = self.items.in_use(&open.row.jurisdiction, &open.row.item_code)?;
        if item.id == open.item.id {
            return Ok(());
        }
        if open.row.department_id == open.item.department {
            open.row.department_id = item.department;
        }
        open.row.agency_id = self.agency(&item, open.row.department_id)?;
        open.row.item_id = item.id;
        let known = store::materials(tx, open.row.id)?;
        let handed_in = known.into_iter().filter(|m| m.state == MaterialState::Received).map(|m| m.code);
        let (rows, _) = materials::of_item(open.row.id, &item, &handed_in.collect::<Vec<_>>(), call.now);
        store::replace_materials(tx, open.row.id, rows)?;
        open.timing = self.timing(&item)?;
        open.item = item;
        Ok(())
    }
}

/// Puts these materials in the place of those named before.
fn hand_in(tx: &mut Tx<'_>, call: &Call, open: &Open, codes: &[String]) -> Result<(), Failure> {
    let errors = unknown_materials(&open.item, codes);
    if !errors.is_empty() {
        return Err(Failure::Invalid(errors));
    }
    let (rows, _) = materials::of_item(open.row.id, &open.item, codes, call.now);
    store::replace_materials(tx, open.row.id, rows)
}

/// Merges changes into where it is.
fn relocate(row: &mut CaseRow, patch: Merge<LocationPatch>) {
    match patch {
        Merge::Keep => {}
        Merge::Remove => locate(row, Location::default()),
        Merge::Set(LocationPatch { latitude, longitude, address, district }) => {
            row.latitude = latitude.onto(row.latitude);
            row.longitude = longitude.onto(row.longitude);
            row.address = address.onto(row.address.take());
            row.district = district.onto(row.district.take());
        }
    }
}
