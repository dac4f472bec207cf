//! What a reader sees of a case: who applies, what was filed, and which words.

use serde_json::Value;

use super::model::{Disclosure, Location};
use super::open::owns;
use super::store::{CaseRow, NOTE, TextRow};
use super::words::COMMENT;
use crate::access::{Actor, Call, Permission};
use crate::customers::ApplicantSnapshot;
use crate::error::Failure;
use crate::ids::DepartmentId;
use crate::journal::Audience;

/// How many notes of a case are shown: the newest. All else that is written in a case is shown, however old.
pub(super) const NOTES_SHOWN: i64 = 500;

/// Whether somebody reads the cases of a department as staff do. A system that reads them is not among staff, and is told
/// nothing that is between them.
pub(super) fn is_staff(actor: &Actor, department: DepartmentId) -> bool {
    actor.account().is_some() && actor.may_in(Permission::CaseRead, department)
}

/// How much of one case one reader sees.
pub(super) struct Sight {
    /// Who applies is hidden, with all that tells it: the record's id, the answers, where it is.
    masked: bool,
    /// A person's name is shown by its first character.
    name_masked: bool,
    /// Reads what staff say among themselves.
    internal: bool,
    /// Reads the evidence: all words, whoever they are about.
    evidence: bool,
    /// Who reads, as texts name their author.
    reader: String,
}

impl Sight {
    /// What the caller sees of a case that is visible to them.
    pub(super) fn of(call: &Call, row: &CaseRow) -> Self {
        let (actor, department) = (&call.actor, row.department_id);
        let own = owns(&actor.scope(Permission::CaseRead), row);
        let draft = row.number.is_none();
        let masks = !own && actor.masked(Permission::CaseRead, department);
        // Whoever still writes it has to see what they wrote; a name they did not write.
        let masked = masks && !draft;
        // The department's staff decide about somebody who applied, and know whom. A system is told no more than the record
        // tells it, nor is whoever drafts: a draft needs nobody's will but its author's, and the applicant hears nothing of it.
        let by_record = !own && (draft || actor.account().is_none());
        let evidence = actor.may(Permission::JournalRead);
        Self {
            masked,
            name_masked: masks || by_record && actor.masked_beyond_own(Permission::CustomerRead),
            internal: evidence || actor.may_in(Permission::CaseInternalNote, department),
            evidence,
            reader: actor.principal().to_string(),
        }
    }

    /// What tells who applies, where this reader sees it.
    pub(super) fn personal<T>(&self, value: T) -> Option<T> {
        (!self.masked).then_some(value)
    }

    /// The applicant as filed. Identifiers and contact points are masked in every snapshot; names of organisations are
    /// public.
    pub(super) fn applicant(&self, snapshot: ApplicantSnapshot) -> Result<Value, Failure> {
        let snapshot = if self.name_masked { snapshot.with_masked_name() } else { snapshot };
        let mut shown = serde_json::to_value(snapshot).map_err(Failure::internal)?;
        if let (true, Value::Object(members)) = (self.masked, &mut shown) {
            members.remove("customer");
        }
        Ok(shown)
    }

    /// Where it is. Of a named applicant, the place is often their home: to a masked reader the district alone.
    pub(super) fn location(&self, row: &CaseRow) -> Location {
        let all = !self.masked || row.disclosure != Disclosure::Named;
        Location {
            latitude: row.latitude.filter(|_| all),
            longitude: row.longitude.filter(|_| all),
            address: row.address.clone().filter(|_| all),
            district: row.district.clone(),
        }
    }

    /// The audience whose texts this reader does not see.
    pub(super) fn without(&self) -> Option<Audience> {
        (!self.internal).then_some(Audience::Internal)
    }

    /// Whether this reader sees a text. To a masked reader, what the agency told the applicant (a caller asks the hotline
    /// for nothing else) and what they wrote themselves; not what people wrote at will, which may say anything of anybody.
    pub(super) fn reads(&self, text: &TextRow) -> bool {
        if text.audience == Audience::Internal && !self.internal {
            return false;
        }
        let at_will = [NOTE, COMMENT.code].contains(&text.kind.as_str());
        self.evidence || !self.masked || !at_will || text.author == self.reader
    }
}
