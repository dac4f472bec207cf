//! A case as a caller is shown it.

use super::Cases;
use super::clocks::{self, from_code};
use super::open::{Open, is_correction, place};
use super::shown::{CaseBrief, CaseView, ClockView, EvaluationView, MaterialView, PauseView, TextView};
use super::sight::{NOTES_SHOWN, Sight, is_staff};
use super::store::{self, CaseRow, ClockRow, EvaluationRow, MaterialRow, PauseRow, TextRow};
use super::submit::{applicant_place, form_place};
use super::words::text_place;
use crate::access::{Actor, Call, Looked, Permission, Scope};
use crate::customers::ApplicantSnapshot;
use crate::error::{Code, Failure};
use crate::ids::{CaseId, TextId};
use crate::journal::{Subjects, Viewer};
use crate::seal::owned;
use crate::store::Db;

impl Cases {
    /// One case by its id, with where it stands.
    ///
    /// # Errors
    /// 404 when it is not there, or not for this caller.
    pub fn get(&self, db: &mut impl Db, call: &Call, id: CaseId) -> Result<(CaseView, Looked), Failure> {
        let scope = call.actor.scope(Permission::CaseRead);
        let row = store::find(db, &scope, id)?;
        let looked = looked(&scope, &row);
        Ok((self.view(db, call, row)?, looked))
    }

    /// What a message about a case says of it; none when it is gone. The service itself asks.
    ///
    /// # Errors
    /// The database being away.
    pub fn brief(&self, db: &mut impl Db, id: CaseId) -> Result<Option<CaseBrief>, Failure> {
        let row = match store::find(db, &Actor::system().scope(Permission::CaseRead), id) {
            Err(failure) if failure.code() == Code::NotFound => return Ok(None),
            row => row?,
        };
        // Without an ending there is nothing to evaluate.
        let evaluated = row.ended_at.is_some() && !store::evaluations_of(db, id)?.is_empty();
        Ok(Some(CaseBrief {
            customer: row.customer_id.filter(|_| row.number.is_some()),
            number: row.number,
            item: row.item_id,
            department: row.department_id,
            received_at: row.received_at,
            evaluated,
        }))
    }

    /// One case by its number, as a hotline agent is told it. A number alone opens nothing: the scope is the same.
    ///
    /// # Errors
    /// 404; 400 `number_mistyped` for a number whose check character does not match.
    pub fn get_by_number(&self, db: &mut impl Db, call: &Call, number: &str) -> Result<(CaseView, Looked), Failure> {
        let number = super::number::CaseNumber::parse(number).map_err(mistyped)?;
        let scope = call.actor.scope(Permission::CaseRead);
        let row = store::find_by_number(db, &scope, &number.to_string())?;
        let looked = looked(&scope, &row);
        Ok((self.view(db, call, row)?, looked))
    }

    /// A text of a case, to tell a repeated request its answer again.
    ///
    /// # Errors
    /// 404 when it is not there, or not for this caller.
    pub fn get_text(&self, db: &mut impl Db, call: &Call, id: CaseId, text: TextId) -> Result<TextView, Failure> {
        let row = store::find(db, &call.actor.scope(Permission::CaseRead), id)?;
        let text = store::text(db, id, text)?.filter(|text| Sight::of(call, &row).reads(text));
        self.text_view(text.ok_or_else(Failure::not_found)?)
    }

    /// As whom the caller follows a case, with where it stands.
    ///
    /// # Errors
    /// 404 when it is not there, or not for this caller.
    pub fn viewer(&self, db: &mut impl Db, call: &Call, id: CaseId) -> Result<(Viewer, Looked), Failure> {
        let scope = call.actor.scope(Permission::CaseRead);
        let row = store::find(db, &scope, id)?;
        let viewer = if call.actor.may(Permission::JournalRead) {
            Viewer::Auditor
        } else if scope.units.contain(row.department_id) {
            let masked = call.actor.masked(Permission::CaseRead, row.department_id);
            if masked || !is_staff(&call.actor, row.department_id) { Viewer::Outsider } else { Viewer::Staff }
        } else {
            Viewer::Applicant { you: call.actor.principal().to_string() }
        };
        Ok((viewer, looked(&scope, &row)))
    }

    fn view(&self, db: &mut impl Db, call: &Call, row: CaseRow) -> Result<CaseView, Failure> {
        let open = self.open(db, row)?;
        let content = store::content(db, open.row.id)?;
        let materials = store::materials(db, open.row.id)?;
        let sight = Sight::of(call, &open.row);
        let texts = store::texts_of(db, open.row.id, sight.without(), NOTES_SHOWN)?;
        let evaluations = store::evaluations_of(db, open.row.id)?;
        let id = open.row.id.to_string();
        let row = &open.row;
        let applicant = self.open_json(applicant_place(&id), &content.applicant)?;
        let applicant: Option<ApplicantSnapshot> = serde_json::from_value(applicant).map_err(Failure::internal)?;
        let form = self.open_json(form_place(&id), &content.form)?;
        Ok(CaseView {
            summary: self.summary(call, row),
            service_item_id: row.item_id,
            disclosure: row.disclosure,
            customer: row.customer_id.and_then(|id| sight.personal(id)),
            applicant: applicant.map(|applicant| sight.applicant(applicant)).transpose()?,
            form: sight.personal(form).unwrap_or_default(),
            materials: materials.into_iter().map(|m| material_view(&open, m)).collect(),
            channel: row.channel,
            location: sight.location(row),
            source: row.source.clone(),
            external_ref: row.external_ref.clone(),
            accepted_at: row.accepted_at,
            decided_at: row.decided_at,
            outcome: row.outcome.clone(),
            on_time: row.on_time,
            clocks: open.clocks.iter().map(|c| clock_view(&open, c, call)).collect::<Result<_, _>>()?,
            pauses: open.pauses.iter().filter(|p| !is_correction(p)).map(pause_view).collect::<Result<_, _>>()?,
            texts: texts.into_iter().filter(|t| sight.reads(t)).map(|t| self.text_view(t)).collect::<Result<_, _>>()?,
            available_actions: Self::offered(db, call, &open, !evaluations.is_empty())?,
            evaluations: evaluations.iter().map(evaluation_view).collect(),
        })
    }

    fn text_view(&self, row: TextRow) -> Result<TextView, Failure> {
        let place = owned(row.case_id, row.id);
        let text = row.body.map(|sealed| self.keys.open_text(text_place(&place), &sealed)).transpose()?;
        Ok(TextView { id: row.id, kind: row.kind, audience: row.audience, text, created_at: row.created_at })
    }
}

/// A case that was read: what the access row names, and where it stands.
fn looked(scope: &Scope, row: &CaseRow) -> Looked {
    Looked::at(place(scope, row), Subjects { case: Some(row.id), ..Subjects::default() })
}

fn mistyped(error: super::number::CaseNumberError) -> Failure {
    Failure::refused_with(Code::NumberMistyped, vec![("why", error.to_string())])
}

fn material_view(open: &Open, row: MaterialRow) -> MaterialView {
    let known = open.item.item.materials.iter().find(|m| m.code.as_str() == row.code);
    MaterialView { names: known.map(|m| m.names.clone()), code: row.code, state: row.state }
}

fn clock_view(open: &Open, row: &ClockRow, call: &Call) -> Result<ClockView, Failure> {
    let reading = clocks::reading(row, &open.pauses, &open.timing, call.now)?;
    Ok(ClockView {
        id: row.id,
        kind: row.kind,
        budget: clocks::budget(row)?,
        extension: clocks::extension(row)?,
        started_at: row.started_at,
        due_on: row.due_on,
        due_at: row.due_at,
        provisional: row.provisional,
        stopped_at: row.stopped_at,
        kept: clocks::kept(row, &open.pauses, &open.timing, call.now)?,
        light: reading.map(|(light, _)| light),
        left: reading.map(|(_, left)| left),
    })
}

fn pause_view(row: &PauseRow) -> Result<PauseView, Failure> {
    Ok(PauseView {
        id: row.id,
        reason: from_code(&row.reason)?,
        first_paused_day: row.first_day,
        last_paused_day: row.last_day,
        expected_days: row.expected_days,
    })
}

pub(super) fn evaluation_view(row: &EvaluationRow) -> EvaluationView {
    EvaluationView { id: row.id, level: row.level, stars: 6_i64.saturating_sub(row.level), created_at: row.created_at }
}
