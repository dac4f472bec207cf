//! Staff accounts and their roles, for administrators.

use actix_web::{delete, get, post, put};

use super::Room;
use super::views::{
    MembershipView, NewMembership, NewStaff, Registration, RightView, RolePlace, RoleView, StaffView, StatusChange,
};
use crate::access::{Call, Held, Permission, Role, Roles};
use crate::accounts::model::{Chosen, Membership, NewAccount, StaffMember};
use crate::error::Failure;
use crate::http::{
    Answer, Body, Cursor, Effect, Guard, Id, IdempotencyKey, IfMatch, PageOf, Reply, Slice, Uncounted, UncountedPage,
    need,
};
use crate::ids::{AccountId, MembershipId};
use crate::store::{Reader, Tx};

/// The name of the list in its cursors.
const LIST: &str = "staff";

/// Create a staff account
///
/// Without any role: those are granted by a security administrator. It belongs to an agency, whose administrators see and
/// manage it. Hand the password over personally: it opens no session, its owner has to change it with the first login.
#[utoipa::path(
    operation_id = "createStaff",
    tag = "staff",
    params(IdempotencyKey),
    request_body = NewStaff,
    responses((status = 201, description = "The account.", body = StaffView)),
    extensions(("x-permission" = json!("staff:manage")))
)]
#[post("/staff")]
pub(super) async fn create(guard: Guard<need::StaffManage>, room: Room, Body(input): Body<NewStaff>) -> Answer {
    let agency = input.agency;
    let readable = Registration::from(input).read(guard.lang())?;
    let password = room.hasher().hash(readable.password).await?;
    let (login, display_name, locale) = (readable.login, readable.display_name, readable.locale);
    let new = NewAccount { login, display_name, password, chosen: Chosen::ByMaker, locale };
    let again = room.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let created = room.create_staff(tx, call, &new, agency)?;
        let account = room.account(tx, *created.value())?;
        Ok(created.map(|_| hired(StaffMember { account, memberships: Vec::new() })))
    };
    let render = move |db: &mut Reader<'_>, call: &Call, reference: &str| {
        let id: AccountId = reference.parse().map_err(Failure::internal)?;
        again.staff_member(db, call, Permission::StaffManage, id).map(hired)
    };
    guard.effect(work, render).await
}

fn hired(member: StaffMember) -> Effect<StaffView> {
    let (id, version) = (member.account.id, member.account.version);
    Effect::created(id, format!("/api/v1/staff/{id}"), version, StaffView::from(member))
}

/// List staff
///
/// Everybody with a role within the caller's reach, or made for an agency in it, in the order of their making.
#[utoipa::path(
    operation_id = "listStaff",
    tag = "staff",
    params(UncountedPage),
    responses((status = 200, description = "One page.", body = PageOf<StaffView>)),
    extensions(("x-permission" = json!("staff:read")))
)]
#[get("/staff")]
pub(super) async fn list(guard: Guard<need::StaffRead>, room: Room, Uncounted(page): Uncounted) -> Answer {
    let cursor: Option<Cursor<AccountId, AccountId>> = page.after(LIST)?;
    let fetch = page.fetch();
    let rows = guard.read(move |db, call| room.staff(db, call, cursor.map(|c| c.id), fetch)).await?;
    let slice = page.cut(LIST, rows, |m| (m.account.id.to_string(), m.account.id.to_string()));
    Reply::page(slice.map(StaffView::from))
}

/// Read a staff account
///
/// With its roles.
#[utoipa::path(
    operation_id = "getStaff",
    tag = "staff",
    params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "The account.", body = StaffView)),
    extensions(("x-permission" = json!("staff:read")))
)]
#[get("/staff/{id}")]
pub(super) async fn read(guard: Guard<need::StaffRead>, room: Room, Id(id): Id<AccountId>) -> Answer {
    let member = guard.read(move |db, call| room.staff_member(db, call, Permission::StaffRead, id)).await?;
    let version = member.account.version;
    Reply::ok(StaffView::from(member), version)
}

/// Disable or enable a staff account
///
/// Disabling ends its sessions at once. Nobody does this to the own account, nor to one with a role beyond their reach. An
/// account that a security administrator disabled is enabled again by one of them alone.
#[utoipa::path(
    operation_id = "setStaffStatus",
    tag = "staff",
    params(("id" = AccountId, Path, description = "The account."), IfMatch),
    request_body = StatusChange,
    responses((status = 200, description = "The account now.", body = StaffView)),
    extensions(("x-permission" = json!("staff:manage")))
)]
#[put("/staff/{id}/status")]
pub(super) async fn set_status(
    guard: Guard<need::StaffManage>,
    room: Room,
    Id(id): Id<AccountId>,
    version: IfMatch,
    Body(input): Body<StatusChange>,
) -> Answer {
    let member = guard.write(move |tx, call| room.set_status(tx, call, id, input.status, version.version())).await?;
    let version = member.account.version;
    Reply::ok(StaffView::from(member), version)
}

/// Grant a role
///
/// Effective within a second, also for open sessions. Nobody grants to themselves; roles that exclude each other are not held
/// by one account (409).
#[utoipa::path(
    operation_id = "grantRole",
    tag = "staff",
    params(("id" = AccountId, Path, description = "The account."), IdempotencyKey),
    request_body = NewMembership,
    responses((status = 201, description = "The membership.", body = MembershipView)),
    extensions(("x-permission" = json!("role:grant")))
)]
#[post("/staff/{id}/memberships")]
pub(super) async fn grant(
    guard: Guard<need::RoleGrant>,
    room: Room,
    Id(id): Id<AccountId>,
    Body(input): Body<NewMembership>,
) -> Answer {
    let again = room.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let granted = room.grant(tx, call, id, &input.role, input.department)?;
        Ok(granted.map(move |membership| granted_at(id, membership)))
    };
    let render = move |db: &mut Reader<'_>, _: &Call, reference: &str| {
        let membership: MembershipId = reference.parse().map_err(Failure::internal)?;
        again.membership(db, id, membership).map(|membership| granted_at(id, membership))
    };
    guard.effect(work, render).await
}

fn granted_at(account: AccountId, membership: Membership) -> Effect<MembershipView> {
    let place = format!("/api/v1/staff/{account}/memberships/{}", membership.id);
    Effect::created(membership.id, place, None, MembershipView::from(membership))
}

/// Take a role back
///
/// Effective within a second, also for open sessions. `If-Match` names the version of the staff account.
#[utoipa::path(
    operation_id = "revokeRole",
    tag = "staff",
    params(
        ("id" = AccountId, Path, description = "The account."),
        ("membership" = MembershipId, Path, description = "The membership."),
        IfMatch
    ),
    responses((status = 204, description = "The role is taken back.")),
    extensions(("x-permission" = json!("role:grant")))
)]
#[delete("/staff/{id}/memberships/{membership}")]
pub(super) async fn revoke(
    guard: Guard<need::RoleGrant>,
    room: Room,
    Id((id, membership)): Id<(AccountId, MembershipId)>,
    version: IfMatch,
) -> Answer {
    guard.write(move |tx, call| room.revoke(tx, call, id, membership, version.version())).await?;
    Reply::none()
}

/// List the roles
///
/// Every role that can be granted, with its permissions, their reach, and the roles that exclude it.
#[utoipa::path(
    operation_id = "listRoles",
    tag = "staff",
    responses((status = 200, description = "All roles.", body = PageOf<RoleView>)),
    extensions(("x-permission" = json!("staff:read")))
)]
#[get("/roles")]
pub(super) async fn roles(_guard: Guard<need::StaffRead>, room: Room) -> Answer {
    let all = room.roles();
    let views = all.iter().filter_map(|(code, role)| role_view(all, code, role)).collect();
    Reply::page(Slice::whole(views))
}

fn role_view(all: &Roles, code: &str, role: &Role) -> Option<RoleView> {
    let held = match role.held {
        Held::Department => RolePlace::Department,
        Held::Agency => RolePlace::Agency,
        Held::Platform => RolePlace::Platform,
        Held::Everyone | Held::Client => return None,
    };
    let rights = role.rights.iter();
    let permissions = rights.map(|(permission, right)| RightView {
        permission: *permission,
        reach: right.reach,
        masked: right.masked,
        reason: right.reason,
    });
    let others = all.iter().map(|(other, _)| other).filter(|other| all.conflict([*other], code).is_some());
    Some(RoleView {
        code: code.to_owned(),
        names: role.names.clone(),
        held,
        permissions: permissions.collect(),
        conflicts: others.map(str::to_owned).collect(),
    })
}
