//! What happens at the same moment: a login and the end of its account, two who take one role back.

use std::time::Duration;

use actix_web::http::Method;
use gcrm::accounts::{LoggedIn, Login, LoginTry, Verdict};
use gcrm::error::{Code, Failure};
use serde_json::json;

use super::rig::{PASSWORD, Rig};

/// Lets a login with the right password begin, changes the account in a transaction that is still open, lets the login go on,
/// and ends the other one.
async fn log_in_while(rig: &Rig, change: &str) -> Result<LoggedIn, Failure> {
    use diesel::connection::SimpleConnection;
    let (accounts, call) = (rig.accounts.clone(), rig.system());
    let attempt = LoginTry { login: Login::parse("someone").unwrap(), device: None, peer: None };
    let (begun, first) = (accounts.clone(), attempt.clone());
    let asked = call.clone();
    let account = rig.db.store.write(move |tx| begun.begin_login(tx, &asked, &first)).await.unwrap();

    let mut other = rig.db.raw();
    let begin = if rig.db.is_postgres() { "BEGIN" } else { "BEGIN IMMEDIATE" };
    other.batch_execute(&format!("{begin}; {change}")).unwrap();
    let store = rig.db.store.clone();
    let finish = actix_web::rt::spawn(async move {
        let finish = move |tx: &mut gcrm::store::Tx<'_>| {
            accounts.finish_login(tx, &call, &attempt, account.as_ref(), &Verdict::Right, None)
        };
        store.write(finish).await
    });
    actix_web::rt::time::sleep(Duration::from_millis(300)).await;
    let sessions = "UPDATE sessions SET revoked_at = created_at WHERE revoked_at IS NULL";
    other.batch_execute(&format!("{sessions}; COMMIT")).unwrap();
    finish.await.unwrap()
}

#[actix_web::test]
async fn no_login_with_the_old_password_outlives_its_change_or_the_end_of_the_account() {
    for change in ["UPDATE accounts SET password_hash = 'x'", "UPDATE accounts SET status = 'disabled'"] {
        let rig = Rig::new().await;
        rig.citizen("someone").await;
        let outcome = log_in_while(&rig, change).await;
        assert_eq!(outcome.map(drop), Err(Failure::refused(Code::BadCredentials)), "{change}");
        let open = rig.db.texts("SELECT id AS value FROM sessions WHERE revoked_at IS NULL");
        assert_eq!(open, Vec::<String>::new(), "{change}");
    }
}

#[actix_web::test]
async fn parallel_logins_with_the_right_password_are_let_in_or_told_to_wait_and_nothing_else() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    for _ in 0..3 {
        let tries = (0..12).map(|_| rig.log_in("someone", PASSWORD));
        let answers = futures_util::future::join_all(tries).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert!(statuses.iter().all(|status| [201, 429].contains(status)), "{statuses:?}");
        rig.pass(chrono::TimeDelta::hours(2));
    }
}

#[actix_web::test]
async fn of_two_who_take_a_role_back_one_does_and_the_other_finds_nothing() {
    let rig = Rig::new().await;
    let clerk = rig.staff("clerk", &[("officer", Some(rig.departments.department))]).await;
    let membership: gcrm::ids::MembershipId = rig.db.text("SELECT id AS value FROM memberships").parse().unwrap();
    let revoke = (0..8).map(|_| {
        let (accounts, call) = (rig.accounts.clone(), rig.system());
        rig.db.store.write(move |tx| accounts.revoke(tx, &call, clerk, membership, None))
    });
    let outcomes = futures_util::future::join_all(revoke).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().filter_map(|o| o.as_ref().err()).all(|f| f.code() == Code::NotFound), "{outcomes:?}");
    assert_eq!(rig.events("membership.revoked"), 1);
}

#[actix_web::test]
async fn a_role_is_taken_back_only_on_the_version_of_the_account_that_was_seen() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let clerk = rig.staff("clerk", &[]).await;
    let token = rig.token("security").await;
    let path = format!("/api/v1/staff/{clerk}");
    let role = json!({"role": "officer", "department": rig.departments.department});
    let granted = rig.post(&format!("{path}/memberships"), &token, role).await;
    let membership = granted.header("location");
    let take =
        async |headers: &[(&str, &str)]| rig.send(Method::DELETE, &membership, &token, None, headers).await.status;
    assert_eq!(take(&[]).await, 428);
    assert_eq!(take(&[("if-match", "\"1.x\"")]).await, 412, "the grant raised it");
    let seen = rig.get(&path, &token).await.header("etag");
    assert_eq!(take(&[("if-match", &seen)]).await, 204);
}
