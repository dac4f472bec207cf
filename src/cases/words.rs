//! Words 文书: reasons, notices, notes. Sealed and erasable; the journal knows only which and a keyed digest.

use super::Cases;
use super::asked::{NewNote, NoteAudience};
use super::open::{permitted, subjects};
use super::shown::{CaseSummary, TextView};
use super::store::{self, TextRow};
use crate::access::{Call, Permission};
use crate::error::Failure;
use crate::ids::{CaseId, TextId};
use crate::journal::{Audience, Entry, Event, TextRef};
use crate::seal::{Place, SealError, owned};
use crate::store::{Recorded, Tx};

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Failure::internal(error)
    }
}

/// What kind of words, and who reads them.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) code: &'static str,
    pub(super) audience: Audience,
}

pub(super) const REASONS: Kind = Kind { code: "reasons", audience: Audience::Participants };
pub(super) const APPEAL_ROUTE: Kind = Kind { code: "appeal_route", audience: Audience::Participants };
pub(super) const NOTICE: Kind = Kind { code: "notice", audience: Audience::Participants };
pub(super) const REFERRAL: Kind = Kind { code: "referral", audience: Audience::Participants };
pub(super) const NOTE: Kind = Kind { code: store::NOTE, audience: Audience::Participants };
pub(super) const INTERNAL_NOTE: Kind = Kind { code: store::NOTE, audience: Audience::Internal };
pub(super) const COMMENT: Kind = Kind { code: "comment", audience: Audience::Participants };

impl Cases {
    /// Keeps words with a case.
    pub(super) fn keep(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        case: CaseId,
        kind: Kind,
        words: &str,
    ) -> Result<TextRef, Failure> {
        let id = TextId::new();
        let body = self.keys.seal(text_place(&owned(case, id)), words.as_bytes())?;
        let digest = self.keys.digest("case_text", words);
        store::insert_text(
            tx,
            TextRow {
                id,
                case_id: case,
                kind: kind.code.to_owned(),
                audience: kind.audience,
                author: call.actor.principal().to_string(),
                body: Some(body),
                digest: digest.clone(),
                created_at: call.now,
            },
        );
        Ok(TextRef { text: id, digest })
    }

    /// Adds a note; needs no version and changes none, and moves no clock.
    ///
    /// # Errors
    /// 404 when the case is not visible; 403 without the permission for this kind of note.
    pub fn note(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        note: &NewNote,
    ) -> Result<Recorded<TextView>, Failure> {
        let row = store::find(tx, &call.actor.scope(Permission::CaseRead), id)?;
        let (permission, kind) = match note.audience {
            NoteAudience::Participants => (Permission::CaseNote, NOTE),
            NoteAudience::Internal => (Permission::CaseInternalNote, INTERNAL_NOTE),
        };
        permitted(call, permission, &row)?;
        let words = non_empty("/text", &note.text)?;
        let reference = self.keep(tx, call, id, kind, words)?;
        let text = TextView {
            id: reference.text,
            kind: kind.code.to_owned(),
            audience: kind.audience,
            text: Some(words.to_owned()),
            created_at: call.now,
        };
        let event = match note.audience {
            NoteAudience::Participants => Event::NoteAdded { note: reference },
            NoteAudience::Internal => Event::InternalNoteAdded { note: reference },
        };
        Ok(tx.record(Entry::new(&event, &call.author(), subjects(&row), call.now, call.now)?, text))
    }
}

/// Where a text's body is sealed; `row` names its case and itself.
pub(super) fn text_place(row: &str) -> Place<'_> {
    Place { table: "case_texts", column: "body", row }
}

/// Words of 1 to 4,000 characters that are not all blank.
pub(super) fn non_empty<'w>(pointer: &str, words: &'w str) -> Result<&'w str, Failure> {
    let trimmed = words.trim();
    if trimmed.is_empty() {
        return Err(Failure::field(pointer, "required", "words are needed here"));
    }
    if trimmed.chars().count() > 4000 {
        return Err(Failure::field(pointer, "too_long", "at most 4,000 characters"));
    }
    Ok(trimmed)
}

/// Words that may be left out, but not be blank.
pub(super) fn optional<'w>(pointer: &str, words: &'w Option<String>) -> Result<Option<&'w str>, Failure> {
    words.as_deref().map(|words| non_empty(pointer, words)).transpose()
}

/// Both, or the mistakes of both at once.
pub(super) fn both<A, B>(a: Result<A, Failure>, b: Result<B, Failure>) -> Result<(A, B), Failure> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(Failure::Invalid(mut errors)), Err(Failure::Invalid(more))) => {
            errors.extend(more);
            Err(Failure::Invalid(errors))
        }
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    }
}

/// What every verb gives: the case as a list shows it.
pub type Outcome = Result<Recorded<CaseSummary>, Failure>;
