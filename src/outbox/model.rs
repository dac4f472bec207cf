//! A delivery.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{CaseId, DeliveryId, DepartmentId, EventId};
use crate::store::text_enum;

text_enum! {
    /// The way a message goes 渠道.
    pub enum DeliveryChannel {
        /// E-mail.
        Email = "email",
    }
}

text_enum! {
    /// Who a message is for: a part in the case, never an address.
    pub enum Recipient {
        /// Whoever asked 申请人.
        Applicant = "applicant",
    }
}

text_enum! {
    /// How far a delivery has come 投递状态.
    pub enum DeliveryState {
        /// Waits for its time.
        Pending = "pending",
        /// A worker holds it.
        Leased = "leased",
        /// The recipient's server has it.
        Done = "done",
        /// Given up: staff look at it and may send it again.
        Dead = "dead",
        /// There was nobody to tell.
        Skipped = "skipped",
    }
}

text_enum! {
    /// Which message 消息模板.
    pub enum Template {
        /// The case was received 收件通知.
        CaseReceived = "case_received",
        /// The case was accepted, or is deemed to be 受理通知.
        CaseAccepted = "case_accepted",
        /// Something is missing 补正通知.
        CorrectionRequested = "correction_requested",
        /// The case is not accepted 不予受理通知.
        CaseRejected = "case_rejected",
        /// The clocks stand still for a special procedure 中止通知.
        CaseSuspended = "case_suspended",
        /// The term was extended 延期通知.
        TermExtended = "term_extended",
        /// The case was decided 决定通知.
        CaseDecided = "case_decided",
        /// The case was closed 办结通知.
        CaseClosed = "case_closed",
        /// The case was taken back, or is deemed to be 撤回通知.
        CaseWithdrawn = "case_withdrawn",
        /// The case ended without a decision 终止通知.
        CaseTerminated = "case_terminated",
    }
}

/// A message to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// The way it goes.
    pub channel: DeliveryChannel,
    /// Which message.
    pub template: Template,
    /// For whom.
    pub recipient: Recipient,
    /// About which case.
    pub case_id: CaseId,
    /// Of which agency.
    pub agency_id: Option<DepartmentId>,
}

/// One message to one recipient 投递. Holds no address and no words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its id, and the local part of its Message-ID.
    pub id: DeliveryId,
    /// The event it tells of.
    pub event_id: EventId,
    /// The way it goes.
    pub channel: DeliveryChannel,
    /// Which message.
    pub template: Template,
    /// For whom.
    pub recipient: Recipient,
    /// About which case.
    pub case_id: Option<CaseId>,
    /// Of which agency.
    pub agency_id: Option<DepartmentId>,
    /// How far it has come.
    pub state: DeliveryState,
    /// Tries that failed.
    #[schema(minimum = 0, maximum = 1000)]
    pub attempts: i64,
    /// When it is due; while leased, when the lease ends.
    pub next_at: Timestamp,
    /// Why the last try failed, or why there was nobody to tell: a code such as `smtp_451`, never an address.
    #[schema(max_length = 64)]
    pub last_error: Option<String>,
    /// When the event was placed.
    pub created_at: Timestamp,
    /// When it ended.
    pub done_at: Option<Timestamp>,
}
