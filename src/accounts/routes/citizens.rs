//! A citizen's registration, and everybody's own account.

use actix_web::{get, post, put};

use super::Room;
use super::views::{AccountView, PasswordChange, Registration};
use crate::access::{Call, Permission};
use crate::accounts::model::{Account, Chosen, NewAccount};
use crate::accounts::password::{Attempt, NewPassword};
use crate::accounts::{Login, Verdict};
use crate::error::Failure;
use crate::http::{Answer, Body, Effect, Guard, IdempotencyKey, IfMatch, Open, Reply, need, why};
use crate::store::{Reader, Tx};

/// Register a citizen's account
///
/// For citizens and for whoever acts for an organisation; staff are registered by administrators. A login that is taken is
/// refused (409). After too many refusals from one address, registrations from it have to wait (429).
#[utoipa::path(
    operation_id = "registerAccount",
    tag = "accounts",
    params(IdempotencyKey),
    request_body = Registration,
    responses((status = 201, description = "The account. Log in with it next.", body = AccountView))
)]
#[post("/accounts")]
pub(super) async fn register(open: Open<why::Registration>, room: Room, Body(input): Body<Registration>) -> Answer {
    let peer = open.address();
    let readable = input.read(open.lang())?;
    let accounts = room.clone();
    open.write(move |tx, call| accounts.begin_registration(tx, call, peer)).await?;
    let password = room.hasher().hash(readable.password).await?;
    let (login, display_name, locale) = (readable.login, readable.display_name, readable.locale);
    let new = NewAccount { login, display_name, password, chosen: Chosen::ByOwner, locale };
    let again = room.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let registered = room.register(tx, call, &new, peer)?;
        let account = room.account(tx, *registered.value())?;
        Ok(registered.map(|_| opened(account)))
    };
    let render = move |db: &mut Reader<'_>, _: &Call, reference: &str| {
        again.account(db, reference.parse().map_err(Failure::internal)?).map(opened)
    };
    open.effect(work, render).await
}

fn opened(account: Account) -> Effect<AccountView> {
    let version = account.version;
    Effect::created(account.id, "/api/v1/accounts/me", version, AccountView::new(account, Vec::new()))
}

/// Read one's own account
///
/// With the customer it is linked to and everything it may do now.
#[utoipa::path(
    operation_id = "getOwnAccount",
    tag = "accounts",
    responses((status = 200, description = "The account.", body = AccountView)),
    extensions(("x-permission" = json!("account:self")))
)]
#[get("/accounts/me")]
pub(super) async fn me(guard: Guard<need::AccountSelf>, room: Room) -> Answer {
    let permissions = permissions(guard.call());
    let account = guard.read(move |db, call| room.me(db, call)).await?;
    let version = account.version;
    Reply::ok(AccountView::new(account, permissions), version)
}

fn permissions(call: &Call) -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|permission| call.actor.may(*permission)).collect()
}

/// Change one's own password
///
/// Ends every session of the account, this one too: log in again. Wrong guesses at the current password make the next ones
/// wait (429). `If-Match` names the version of the account.
#[utoipa::path(
    operation_id = "changeOwnPassword",
    tag = "accounts",
    params(IfMatch),
    request_body = PasswordChange,
    responses((status = 204, description = "The new password counts.")),
    extensions(("x-permission" = json!("account:self")))
)]
#[put("/accounts/me/password")]
pub(super) async fn change_password(
    guard: Guard<need::AccountSelf>,
    room: Room,
    version: IfMatch,
    Body(input): Body<PasswordChange>,
) -> Answer {
    let (accounts, begun) = (room.clone(), room.clone());
    let account = guard.read(move |db, call| accounts.me(db, call)).await?;
    let login = Login::parse(&account.login).map_err(|_| Failure::internal("a stored login does not read"))?;
    // What is wrong with the new one is told before the current one is looked at: that is no guess.
    let new = NewPassword::replacing(&input.new_password, &input.current_password, &login, "/newPassword");
    let new = new.map_err(|e| Failure::Invalid(vec![e]))?;
    let begin = move |tx: &mut Tx<'_>, call: &Call| begun.begin_password_change(tx, call, version.version());
    let account = guard.write(begin).await?;
    let attempt = Attempt::new(&input.current_password);
    let verdict = room.hasher().verify(attempt, Some(account.password.clone())).await?;
    if verdict == Verdict::Wrong {
        return Err(Failure::refused(crate::error::Code::BadCredentials));
    }
    let hash = room.hasher().hash(new).await?;
    guard.write(move |tx, call| room.finish_password_change(tx, call, &account, &verdict, &hash)).await?;
    Reply::none()
}
