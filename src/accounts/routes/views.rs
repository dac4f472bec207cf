//! What this room takes and shows.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Permission, Reach};
use crate::accounts::model::{Account, AccountKind, Client, ClientStatus, DisplayName, Login, Membership};
use crate::accounts::model::{StaffMember, Status};
use crate::accounts::password::NewPassword;
use crate::clock::Timestamp;
use crate::error::{Failure, FieldError};
use crate::ids::{AccountId, ClientId, CustomerId, DepartmentId, MembershipId};
use crate::localized::{Lang, LocalizedText};

/// A new account.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({
    "login": "someone@example.org", "password": "lamp oven river glass", "displayName": "Someone", "locale": "zh-CN"
}))]
pub(super) struct Registration {
    /// An e-mail address, or 3 to 64 letters, digits, `.`, `_`, `-`; capitals and small letters are the same.
    #[schema(min_length = 3, max_length = 254)]
    login: String,
    /// 15 to 256 characters, not guessable; any characters, no other rule. Four unrelated words will do.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    password: SecretString,
    /// What you are called on the screen.
    #[schema(min_length = 1, max_length = 100)]
    display_name: String,
    /// The language of messages; the request's if absent.
    locale: Option<Lang>,
}

/// A new staff account.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({
    "login": "clerk.one", "password": "lamp oven river glass", "displayName": "Clerk One", "locale": "zh-CN"
}))]
pub(super) struct NewStaff {
    /// An e-mail address, or 3 to 64 letters, digits, `.`, `_`, `-`; capitals and small letters are the same.
    #[schema(min_length = 3, max_length = 254)]
    login: String,
    /// 15 to 256 characters, not guessable; any characters, no other rule. Four unrelated words will do.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    password: SecretString,
    /// What the person is called.
    #[schema(min_length = 1, max_length = 100)]
    display_name: String,
    /// The language of messages; the request's if absent.
    locale: Option<Lang>,
    /// The agency that the account is for, whose administrators manage it; the caller's own if absent.
    pub(super) agency: Option<DepartmentId>,
}

impl From<NewStaff> for Registration {
    fn from(new: NewStaff) -> Self {
        Self { login: new.login, password: new.password, display_name: new.display_name, locale: new.locale }
    }
}

/// A registration that reads; its password is hashed next.
pub(super) struct Readable {
    pub(super) login: Login,
    pub(super) password: NewPassword,
    pub(super) display_name: DisplayName,
    pub(super) locale: Lang,
}

impl Registration {
    /// Everything that is wrong at once.
    pub(super) fn read(self, lang: Lang) -> Result<Readable, Failure> {
        let locale = self.locale.unwrap_or(lang);
        let display_name = DisplayName::parse(&self.display_name);
        let login = Login::parse(&self.login);
        let password = login.clone().and_then(|login| NewPassword::parse(&self.password, &login, "/password"));
        match (login, password, display_name) {
            (Ok(login), Ok(password), Ok(display_name)) => Ok(Readable { login, password, display_name, locale }),
            (login, password, name) => Err(Failure::Invalid(wrong([login.err(), password.err(), name.err()]))),
        }
    }
}

/// A login that does not read spoils the password's judgement, too: it is told once.
fn wrong(errors: [Option<FieldError>; 3]) -> Vec<FieldError> {
    let mut errors: Vec<_> = errors.into_iter().flatten().collect();
    errors.dedup();
    errors
}

/// One's own account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountView {
    /// The account.
    id: AccountId,
    /// Citizen's or staff.
    kind: AccountKind,
    /// The login, in small letters.
    #[schema(max_length = 254, example = "someone@example.org")]
    login: String,
    /// What the person is called.
    #[schema(max_length = 100, example = "Someone")]
    display_name: String,
    /// The language of messages.
    locale: Lang,
    /// The customer the account is linked to; null before it is.
    #[schema(required)]
    customer: Option<CustomerId>,
    /// What the account may do now, each permission once; how far each reaches is told by the roles.
    #[schema(max_items = 100)]
    permissions: Vec<Permission>,
    /// When it was made.
    created_at: Timestamp,
}

impl AccountView {
    pub(super) fn new(account: Account, permissions: Vec<Permission>) -> Self {
        Self {
            id: account.id,
            kind: account.kind,
            login: account.login,
            display_name: account.display_name,
            locale: account.locale,
            customer: account.customer,
            permissions,
            created_at: account.created_at,
        }
    }
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({ "currentPassword": "lamp oven river glass", "newPassword": "tea kettle on the blue sill" }))]
pub(super) struct PasswordChange {
    /// The password of now.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    pub(super) current_password: SecretString,
    /// The new one: 15 to 256 characters, not guessable.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    pub(super) new_password: SecretString,
}

/// A staff account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StaffView {
    /// The account.
    id: AccountId,
    /// The login, in small letters.
    #[schema(max_length = 254, example = "clerk.one")]
    login: String,
    /// What the person is called.
    #[schema(max_length = 100, example = "Clerk One")]
    display_name: String,
    /// The language of messages.
    locale: Lang,
    /// The agency that the account was made for; null: the platform.
    #[schema(required)]
    agency: Option<DepartmentId>,
    /// Whether it may log in.
    status: Status,
    /// Its roles.
    #[schema(max_items = 1000)]
    memberships: Vec<MembershipView>,
    /// When it was made.
    created_at: Timestamp,
}

impl From<StaffMember> for StaffView {
    fn from(member: StaffMember) -> Self {
        let account = member.account;
        Self {
            id: account.id,
            login: account.login,
            display_name: account.display_name,
            locale: account.locale,
            agency: account.agency,
            status: account.status,
            memberships: member.memberships.into_iter().map(MembershipView::from).collect(),
            created_at: account.created_at,
        }
    }
}

/// One role of one account in one department.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MembershipView {
    /// The membership.
    pub(super) id: MembershipId,
    /// The role's code.
    #[schema(max_length = 64, example = "officer")]
    role: String,
    /// Where; null on the platform.
    #[schema(required)]
    department: Option<DepartmentId>,
    /// Since when.
    created_at: Timestamp,
}

impl From<Membership> for MembershipView {
    fn from(membership: Membership) -> Self {
        Self {
            id: membership.id,
            role: membership.role,
            department: membership.department,
            created_at: membership.created_at,
        }
    }
}

/// A role to be granted.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({ "role": "officer", "department": "dept_069hhmn5mxzkb9g3d0qk2v7r8c" }))]
pub(super) struct NewMembership {
    /// The role's code.
    #[schema(min_length = 1, max_length = 64)]
    pub(super) role: String,
    /// Where; absent for a role that is held on the platform.
    pub(super) department: Option<DepartmentId>,
}

/// Whether an account may log in.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({ "status": "disabled" }))]
pub(super) struct StatusChange {
    /// `disabled` ends every session at once.
    pub(super) status: Status,
}

/// A role that can be granted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleView {
    /// Its code.
    #[schema(max_length = 64, example = "officer")]
    pub(super) code: String,
    /// What people call it.
    pub(super) names: LocalizedText,
    /// Where it is held.
    pub(super) held: RolePlace,
    /// What it may.
    #[schema(max_items = 100)]
    pub(super) permissions: Vec<RightView>,
    /// The codes of the roles that exclude it.
    #[schema(max_items = 100)]
    pub(super) conflicts: Vec<String>,
}

/// Where a role is held.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RolePlace {
    /// At any department.
    Department,
    /// At an agency.
    Agency,
    /// On the platform.
    Platform,
}

/// One permission of a role.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RightView {
    /// The permission.
    pub(super) permission: Permission,
    /// How far it reaches.
    pub(super) reach: Reach,
    /// Names and contacts are shown masked.
    pub(super) masked: bool,
    /// A reason must be given (`X-Reason`).
    pub(super) reason: bool,
}

/// A system to be registered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Street light monitor", "agency": "dept_069hhmn5mxzkb9g3d0qk2v7r8c", "scopes": ["case:create", "case:read"]
}))]
pub(super) struct ClientRegistration {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    pub(super) name: String,
    /// The agency it is bound to: it reaches that agency's departments and no other.
    pub(super) agency: DepartmentId,
    /// What it may do.
    #[schema(min_items = 1, max_items = 50)]
    pub(super) scopes: Vec<Permission>,
}

/// A system.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientView {
    /// Its `client_id`.
    pub(super) id: ClientId,
    /// What people call it.
    #[schema(max_length = 100, example = "Street light monitor")]
    name: String,
    /// The agency it is bound to.
    agency: DepartmentId,
    /// What it may do.
    #[schema(max_items = 50)]
    scopes: Vec<Permission>,
    /// Whether it is let in.
    status: ClientStatus,
    /// Who registered it, and therefore does not approve it; null: the service itself.
    #[schema(required)]
    registered_by: Option<AccountId>,
    /// When it was registered.
    created_at: Timestamp,
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        Self {
            id: client.id,
            name: client.name,
            agency: client.agency,
            scopes: client.scopes,
            status: client.status,
            registered_by: client.registered_by,
            created_at: client.created_at,
        }
    }
}

/// The approval of a system that waits.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({ "status": "active" }))]
pub(super) struct ClientApproval {
    /// `active`; to shut a system out, delete it.
    pub(super) status: Approved,
}

/// What a system that waits can become.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Approved {
    /// It may be used.
    Active,
}

/// A system with its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientSecretView {
    /// The system.
    pub(super) client: ClientView,
    /// Its `client_secret`, told this once. Null when an idempotent request is repeated: it is not kept; make a new one.
    #[schema(required, max_length = 64, example = "gcrm_secret_wFT5yVhJ4mGg3nM0bq1s8o2k6d9x7c5v3z1l0p8i6u4")]
    pub(super) secret: Option<String>,
}
