//! What a message says. Mail is read by others on the way: a letter names the case and its state, never the person.

use chrono::NaiveDate;
use serde::Serialize;

use super::model::Template;

/// What a message says of a case, in the recipient's language.
#[derive(Clone, Debug, Serialize)]
pub struct Letter {
    /// The applicant's name, masked, such as 张*; nothing where it is not known.
    pub name: Option<String>,
    /// The case's number 办件编号.
    pub number: String,
    /// The service item's name.
    pub item: String,
    /// The agency's name.
    pub agency: String,
    /// What happened.
    #[serde(flatten)]
    pub content: Content,
}

/// What happened, with what only this message needs. Days are the jurisdiction's.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// The case was received.
    CaseReceived {
        /// When.
        received_on: NaiveDate,
        /// Names of required materials that are missing.
        missing: Vec<String>,
    },
    /// The case was accepted 受理 (Administrative Licensing Law, article 32: in writing).
    CaseAccepted {
        /// By law, since nobody answered in time 视为受理.
        deemed: bool,
    },
    /// The one correction notice 一次性告知 (Administrative Licensing Law, article 32).
    CorrectionRequested {
        /// Names of everything that is missing.
        missing: Vec<String>,
        /// Last day to hand it in.
        due_on: Option<NaiveDate>,
    },
    /// The case is not accepted.
    CaseRejected {
        /// Whether the ways of appeal must be told.
        appeal: bool,
    },
    /// The clocks stand still 中止 (Administrative Licensing Law, article 45: the time needed is told in writing).
    CaseSuspended {
        /// What for, in words such as "a hearing".
        procedure: String,
        /// The first day that does not count.
        first_day: NaiveDate,
        /// How long it is expected to take, in words such as "5 working days"; nothing where that was not said.
        expected: Option<String>,
    },
    /// The term was extended 延期 (Administrative Licensing Law, article 42: the reasons are told).
    TermExtended {
        /// By how much, in words such as "10 working days".
        by: String,
        /// The last day of the term now.
        due_on: NaiveDate,
    },
    /// The case was decided.
    CaseDecided {
        /// The outcome's name.
        outcome: String,
        /// Whether the ways of appeal must be told (Administrative Licensing Law, article 38).
        appeal: bool,
    },
    /// The case was closed.
    CaseClosed {
        /// Whether the applicant may evaluate it 好差评.
        evaluation: bool,
    },
    /// The case was taken back.
    CaseWithdrawn {
        /// By law, since nothing was handed in in time 视为撤回.
        deemed: bool,
    },
    /// The case ended without a decision.
    CaseTerminated {},
}

impl Letter {
    /// The template that says this.
    pub fn template(&self) -> Template {
        match self.content {
            Content::CaseReceived { .. } => Template::CaseReceived,
            Content::CaseAccepted { .. } => Template::CaseAccepted,
            Content::CorrectionRequested { .. } => Template::CorrectionRequested,
            Content::CaseRejected { .. } => Template::CaseRejected,
            Content::CaseSuspended { .. } => Template::CaseSuspended,
            Content::TermExtended { .. } => Template::TermExtended,
            Content::CaseDecided { .. } => Template::CaseDecided,
            Content::CaseClosed { .. } => Template::CaseClosed,
            Content::CaseWithdrawn { .. } => Template::CaseWithdrawn,
            Content::CaseTerminated {} => Template::CaseTerminated,
        }
    }
}
