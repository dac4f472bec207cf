//! Every fact the service can state. Adding one is answered here: its name, its audience, its facts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::audience::Audience;
use super::text_ref::TextRef;
use crate::clock::Timestamp;
use crate::ids::{AccountId, ClientId, ContactId, DeliveryId, DepartmentId, EvaluationId, IdentifierId, MembershipId};
use crate::ids::{PauseId, ServiceItemId, SessionId};

macro_rules! events {
    ($($(#[$meta:meta])* $variant:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* } = $name:tt, $audience:ident;)*) => {
        /// Every fact the service can state 事件.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(tag = "event", content = "facts")]
        pub enum Event {
            $($(#[$meta])* #[serde(rename = $name, rename_all = "camelCase")] $variant { $($(#[$fmeta])* $field: $type,)* },)*
        }
        impl Event {
            /// The stable name, `room.fact`.
            pub fn name(&self) -> &'static str {
                match self { $(Event::$variant { .. } => $name,)* }
            }
            /// Every name there is.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];
            /// Who may see it.
            pub fn audience(&self) -> Audience {
                match self { $(Event::$variant { .. } => Audience::$audience,)* }
            }
        }
    };
}

events! {
    /// A citizen registered an account.
    AccountRegistered {
        /// The account.
        account: AccountId,
    } = "account.registered", Internal;
    /// A staff account was created.
    StaffCreated {
        /// The account.
        account: AccountId,
    } = "account.staff_created", Internal;
    /// An account was disabled or enabled.
    AccountStatusChanged {
        /// The account.
        account: AccountId,
        /// Whether it may log in now.
        active: bool,
        /// How many open sessions ended with it.
        sessions_ended: i64,
    } = "account.status_changed", Internal;
    /// A password was changed; every session of the account ended.
    PasswordChanged {
        /// The account.
        account: AccountId,
        /// How many sessions that were.
        sessions_ended: i64,
    } = "account.password_changed", Internal;
    /// An account was linked to a customer.
    AccountLinked {
        /// The account.
        account: AccountId,
    } = "account.linked", Internal;
    /// A login.
    SessionOpened {
        /// The session.
        session: SessionId,
        /// The account.
        account: AccountId,
    } = "session.opened", Internal;
    /// A refresh token was used and replaced.
    SessionRefreshed {
        /// The session.
        session: SessionId,
        /// Which generation is good now.
        generation: i64,
    } = "session.refreshed", Internal;
    /// A logout, or the end of a session whose refresh token was used twice. Sessions that end with a password or an account
    /// are counted in that fact.
    SessionRevoked {
        /// The session.
        session: SessionId,
        /// `logout` or `reuse`.
        cause: String,
    } = "session.revoked", Internal;
    /// A role was granted.
    MembershipGranted {
        /// The membership.
        membership: MembershipId,
        /// To whom.
        account: AccountId,
        /// The role's code.
        role: String,
        /// Where; none on the platform.
        department: Option<DepartmentId>,
    } = "membership.granted", Internal;
    /// A role was taken back.
    MembershipRevoked {
        /// The membership.
        membership: MembershipId,
        /// From whom.
        account: AccountId,
    } = "membership.revoked", Internal;
    /// A system got an identity, and waits for somebody to approve it.
    ClientRegistered {
        /// The client.
        client: ClientId,
        /// Its scopes.
        scopes: Vec<String>,
    } = "client.registered", Internal;
    /// A system was approved, by somebody else than registered it.
    ClientActivated {
        /// The client.
        client: ClientId,
    } = "client.activated", Internal;
    /// A system's secret was replaced.
    ClientSecretRotated {
        /// The client.
        client: ClientId,
    } = "client.secret_rotated", Internal;
    /// A system was shut out.
    ClientDisabled {
        /// The client.
        client: ClientId,
    } = "client.disabled", Internal;
    /// A system was given an access token.
    ClientTokenIssued {
        /// The client.
        client: ClientId,
    } = "client.token_issued", Internal;
    /// A new key signs tokens.
    SigningKeyRotated {
        /// Its key id.
        kid: String,
    } = "key.rotated", Internal;
    /// A jurisdiction was loaded or changed.
    JurisdictionLoaded {
        /// Its code.
        jurisdiction: String,
        /// Its version.
        version: i64,
    } = "jurisdiction.loaded", Public;
    /// A department was created or changed.
    DepartmentSaved {
        /// The department.
        department: DepartmentId,
        /// Its version.
        version: i64,
    } = "department.saved", Public;
    /// A version of a service item was published.
    ItemPublished {
        /// The item version.
        item: ServiceItemId,
        /// Its code.
        code: String,
        /// Its version.
        version: i64,
    } = "service_item.published", Public;
    /// A customer was registered.
    CustomerRegistered {
        /// Individual, enterprise, non-profit or agency.
        kind: String,
    } = "customer.registered", Participants;
    /// A customer's record was changed.
    CustomerChanged {
        /// Which fields.
        fields: Vec<String>,
    } = "customer.changed", Participants;
    /// An identifier was added.
    IdentifierAdded {
        /// The identifier.
        identifier: IdentifierId,
        /// Its scheme.
        scheme: String,
    } = "customer.identifier_added", Participants;
    /// An identifier was verified by staff.
    IdentifierVerified {
        /// The identifier.
        identifier: IdentifierId,
    } = "customer.identifier_verified", Participants;
    /// An identifier that was verified is so no longer: what the document was compared with has changed.
    IdentifierUnverified {
        /// The identifier.
        identifier: IdentifierId,
    } = "customer.identifier_unverified", Participants;
    /// An identifier was removed.
    IdentifierRemoved {
        /// The identifier.
        identifier: IdentifierId,
    } = "customer.identifier_removed", Participants;
    /// A contact point was added.
    ContactAdded {
        /// The contact point.
        contact: ContactId,
        /// E-mail, mobile, phone or postal.
        kind: String,
    } = "customer.contact_added", Participants;
    /// A contact point was removed.
    ContactRemoved {
        /// The contact point.
        contact: ContactId,
    } = "customer.contact_removed", Participants;
    /// A case was begun and kept as a draft 草稿.
    CaseDrafted {
        /// The item's code.
        item: String,
    } = "case.drafted", Participants;
    /// A draft was changed.
    DraftChanged {
        /// The case's new version.
        version: i64,
    } = "case.draft_changed", Participants;
    /// A case was submitted 提交.
    CaseSubmitted {
        /// Its number.
        number: String,
        /// The item's code.
        item: String,
        /// Portal, phone, counter….
        channel: String,
        /// Codes of required materials that are missing.
        missing: Vec<String>,
    } = "case.submitted", Participants;
    /// A case was accepted 受理.
    CaseAccepted {
        /// By law, since nobody answered in time 视为受理.
        deemed: bool,
    } = "case.accepted", Participants;
    /// A case was refused acceptance 不予受理.
    CaseRejected {
        /// Which kind of refusal.
        kind: String,
        /// The reasons.
        reasons: TextRef,
        /// The competent body, the right route or the duplicated case, where the kind needs one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        referral: Option<TextRef>,
        /// The way of appeal, where one was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appeal_route: Option<TextRef>,
    } = "case.rejected", Participants;
    /// The one correction notice 补正通知 went out.
    CorrectionRequested {
        /// Codes of everything that is missing.
        missing: Vec<String>,
        /// The notice's words.
        notice: TextRef,
        /// Until when the applicant has time.
        due_at: Option<Timestamp>,
    } = "case.correction_requested", Participants;
    /// The applicant handed in what was missing.
    CaseSupplemented {
        /// Codes handed in now.
        received: Vec<String>,
        /// Codes still missing.
        missing: Vec<String>,
        /// The way it came in, where it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
    } = "case.supplemented", Participants;
    /// The case was given to somebody, or taken.
    CaseAssigned {
        /// Who works on it now; none: back to the department.
        assignee: Option<AccountId>,
    } = "case.assigned", Internal;
    /// The clocks stand still 中止: a special procedure.
    CaseSuspended {
        /// The pause.
        pause: PauseId,
        /// Which procedure.
        reason: String,
        /// First paused local day.
        first_day: chrono::NaiveDate,
        /// How many working days were announced.
        expected_days: Option<i64>,
    } = "case.suspended", Participants;
    /// The clocks run again.
    CaseResumed {
        /// The pause.
        pause: PauseId,
        /// Last paused local day.
        last_day: chrono::NaiveDate,
        /// The new due instant of the nearest main clock.
        due_at: Timestamp,
    } = "case.resumed", Participants;
    /// The term was extended, once 延期.
    TermExtended {
        /// By how much.
        value: i64,
        /// In which unit.
        unit: String,
        /// The reasons, told to the applicant.
        reasons: TextRef,
        /// The new due instant of the nearest main clock.
        due_at: Timestamp,
    } = "case.term_extended", Participants;
    /// The decision 决定.
    CaseDecided {
        /// The outcome's code.
        outcome: String,
        /// The reasons, where the outcome needs them.
        reasons: Option<TextRef>,
        /// The way of appeal, where the outcome needs it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appeal_route: Option<TextRef>,
    } = "case.decided", Participants;
    /// The result was handed over 送达.
    CaseDelivered {
        /// How.
        method: String,
    } = "case.delivered", Participants;
    /// The case was closed 办结.
    CaseClosed {
        /// Whether the promise was kept; none: there was none.
        on_time: Option<bool>,
    } = "case.closed", Participants;
    /// The applicant took it back 撤回, or is deemed to have.
    CaseWithdrawn {
        /// By law, since the correction term passed 视为撤回.
        deemed: bool,
    } = "case.withdrawn", Participants;
    /// The case was ended without a decision 终止 and referred elsewhere.
    CaseTerminated {
        /// Where it was referred to, as a text of its own.
        referral: TextRef,
    } = "case.terminated", Participants;
    /// A note for everybody in the case.
    NoteAdded {
        /// The note.
        note: TextRef,
    } = "case.note_added", Participants;
    /// A note among staff.
    InternalNoteAdded {
        /// The note.
        note: TextRef,
    } = "case.internal_note_added", Internal;
    /// A clock turned yellow.
    ClockWarned {
        /// Which clock.
        kind: String,
        /// When it is due.
        due_at: Timestamp,
    } = "clock.warned", Internal;
    /// A clock ran out.
    ClockBreached {
        /// Which clock.
        kind: String,
        /// When it was due.
        due_at: Timestamp,
    } = "clock.breached", Internal;
    /// A due day was computed anew, since the calendar has learned a year, or a year that it knew was amended.
    ClockRecomputed {
        /// Which clock.
        kind: String,
        /// When it is due now.
        due_at: Timestamp,
    } = "clock.recomputed", Participants;
    /// The applicant evaluated an ending 评价.
    CaseEvaluated {
        /// The evaluation.
        evaluation: EvaluationId,
        /// 1 (best) to 5.
        level: i64,
        /// What the applicant said to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<TextRef>,
    } = "case.evaluated", Participants;
    /// Somebody of the staff looked at a record.
    RecordRead {
        /// What it was read for, such as `case.detail`.
        purpose: String,
        /// The stated reason, where one was given.
        reason: Option<TextRef>,
    } = "record.read", Internal;
    /// Somebody of the staff said why they did what the other facts of the same request tell.
    ReasonStated {
        /// The permission that takes a reason, such as `case:create`.
        permission: String,
        /// The reason.
        reason: TextRef,
    } = "reason.stated", Internal;
    /// A message reached its recipient's server.
    DeliveryDone {
        /// The delivery.
        delivery: DeliveryId,
        /// Its template.
        template: String,
    } = "delivery.done", Internal;
    /// A message was given up after its last try.
    DeliveryDead {
        /// The delivery.
        delivery: DeliveryId,
        /// Its template.
        template: String,
    } = "delivery.dead", Internal;
    /// A dead message was sent again.
    DeliveryReplayed {
        /// The delivery.
        delivery: DeliveryId,
    } = "delivery.replayed", Internal;
}
