//! Evaluations 好差评: one for each ending, by the applicant, 1 is the best.

use super::Cases;
use super::asked::NewEvaluation;
use super::open::permitted;
use super::possible::check;
use super::shown::EvaluationView;
use super::store::{self, EvaluationRow};
use super::view::evaluation_view;
use super::words::{COMMENT, non_empty};
use super::workflow::{Action, next};
use crate::access::{Call, Permission};
use crate::error::{Code, Failure};
use crate::ids::{CaseId, EvaluationId};
use crate::journal::{Entry, Event};
use crate::store::{Db, Recorded, Tx};

impl Cases {
    /// Evaluates the last ending of a case. It changes no version: the case is over. By the applicant; a hotline agent
    /// does it by phone for a case that names nobody and that they took in themselves.
    ///
    /// # Errors
    /// 403 for anybody else;
    /// 409 `not_ended`, `wrong_stage` for a draft that was withdrawn, `already_evaluated` (one for each ending); 400 for a level outside 1 to 5; 404.
    pub fn evaluate(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        input: &NewEvaluation,
    ) -> Result<Recorded<EvaluationView>, Failure> {
        let row = store::find(tx, &call.actor.scope(Permission::CaseRead), id)?;
        permitted(call, Permission::CaseEvaluate, &row)?;
        let open = self.open(tx, row)?;
        let open = self.by_law(tx, call.now, open, call.now, Action::Evaluate)?;
        let step = next(open.row.stage, Action::Evaluate).ok_or_else(|| Failure::refused(Code::NotEnded))?;
        let ending = FIRST_ENDING;
        let evaluated = store::evaluations_of(tx, id)?.iter().any(|e| e.ending == ending);
        check(step, &open, call, evaluated)?;
        if !(1..=5).contains(&input.level) {
            return Err(Failure::field("/level", "range", "1 (best) to 5"));
        }
        let comment = match &input.comment {
            Some(words) => Some(self.keep(tx, call, id, COMMENT, non_empty("/comment", words)?)?),
            None => None,
        };
        let evaluation = EvaluationRow {
            id: EvaluationId::new(),
            case_id: id,
            ending,
            level: input.level,
            comment_id: comment.as_ref().map(|c| c.text),
            channel: input.channel.to_string(),
            created_at: call.now,
        };
        let event = Event::CaseEvaluated { evaluation: evaluation.id, level: evaluation.level, comment };
        let evaluated = evaluation_view(&evaluation);
        store::insert_evaluation(tx, evaluation);
        Ok(tx.record(Entry::new(&event, &call.author(), open.subjects(), call.now, call.now)?, evaluated))
    }

    /// An evaluation of a case, to tell a repeated request its answer again.
    ///
    /// # Errors
    /// 404 when the case is not there, or not for this caller.
    pub fn get_evaluation(
        &self,
        db: &mut impl Db,
        call: &Call,
        id: CaseId,
        evaluation: EvaluationId,
    ) -> Result<EvaluationView, Failure> {
        store::find(db, &call.actor.scope(Permission::CaseEvaluate), id)?;
        let all = store::evaluations_of(db, id)?;
        all.iter().find(|e| e.id == evaluation).map(evaluation_view).ok_or_else(Failure::not_found)
    }
}

/// Endings are counted from 1; a case ends again only once reopening exists.
const FIRST_ENDING: i64 = 1;
