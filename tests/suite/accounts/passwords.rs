//! Changing the password; what is stored.

use actix_web::http::Method;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use serde_json::json;

use super::rig::{PASSWORD, Rig};

const NEW: &str = "tea kettle on the blue sill";

fn change(current: &str, new: &str) -> serde_json::Value {
    json!({"currentPassword": current, "newPassword": new})
}

#[actix_web::test]
async fn a_new_password_ends_every_session_and_the_old_one_is_no_good() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let (here, there) = (rig.token("someone").await, rig.token("someone").await);
    let path = "/api/v1/accounts/me/password";
    assert_eq!(rig.put(path, &here, change(PASSWORD, NEW)).await.status, 204);
    for token in [here, there] {
        assert_eq!(rig.get("/api/v1/accounts/me", &token).await.status, 401);
    }
    assert_eq!(rig.log_in("someone", PASSWORD).await.status, 401);
    assert_eq!(rig.log_in("someone", NEW).await.status, 201);
    assert_eq!(rig.events("account.password_changed"), 1);
}

#[actix_web::test]
async fn whoever_holds_a_token_cannot_guess_at_the_password_with_it() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let token = rig.token("someone").await;
    let path = "/api/v1/accounts/me/password";
    let guess = change("wrong oven river glass", NEW);
    for _ in 0..5 {
        assert_eq!(rig.put(path, &token, guess.clone()).await.code(), (401, "bad_credentials"));
    }
    assert_eq!(rig.put(path, &token, change(PASSWORD, NEW)).await.status, 429);
    // Strangers at the login are not held up by it, nor hold the owner up.
    assert_eq!(rig.log_in("someone", PASSWORD).await.status, 201);
    rig.pass(TimeDelta::seconds(1));
    assert_eq!(rig.put(path, &token, change(PASSWORD, NEW)).await.status, 204);
}

#[actix_web::test]
async fn a_weak_new_password_is_refused_with_the_reason() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let token = rig.token("someone").await;
    let refused = rig.put("/api/v1/accounts/me/password", &token, change(PASSWORD, "someone123456789")).await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/newPassword");
    assert_eq!(refused.body["errors"][0]["code"], "password_guessable");
}

#[actix_web::test]
async fn no_password_and_no_token_is_stored() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let opened = rig.log_in("someone", PASSWORD).await;
    let everything = [
        "SELECT password_hash AS value FROM accounts",
        "SELECT id || account_id || CAST(generation AS TEXT) AS value FROM sessions",
        "SELECT subject AS value FROM login_attempts",
        "SELECT facts || actor || COALESCE(subject, '') AS value FROM journal",
        "SELECT public_key || sealed AS value FROM signing_keys",
    ];
    let stored: String = everything.iter().flat_map(|sql| rig.db.texts(sql)).collect();
    assert!(stored.contains("$argon2id$"));
    let secret_of = |name: &str| opened.text(name).rsplit('.').next().unwrap().to_owned();
    for secret in [PASSWORD.to_owned(), secret_of("accessToken"), secret_of("refreshToken"), secret_of("deviceToken")] {
        assert!(!stored.contains(&secret), "{secret}");
    }
}

#[actix_web::test]
async fn a_retried_registration_makes_one_account_and_leaves_nothing_to_guess_its_password_from() {
    let rig = Rig::new().await;
    rig.staff("admin", &[("agency_administrator", Some(rig.departments.agency))]).await;
    let admin = rig.token("admin").await;
    let key = [("idempotency-key", "0123456789abcdef0123")];
    for (path, token, login) in [("/api/v1/accounts", "", "someone"), ("/api/v1/staff", &admin, "clerk")] {
        let body = json!({"login": login, "password": PASSWORD, "displayName": "Somebody"});
        let register = async || rig.send(Method::POST, path, token, Some(body.clone()), &key).await;
        let (first, again) = (register().await, register().await);
        assert_eq!((first.status, again.status), (201, 201), "{}", again.body);
        assert_eq!((&first.body, again.header("idempotency-replayed").as_str()), (&again.body, "true"));
        // A plain digest of a body whose other members are known would be the password to whoever guesses it.
        let digest = HEXLOWER.encode(digest(&SHA256, body.to_string().as_bytes()).as_ref());
        let kept = rig.db.texts("SELECT scope || fingerprint || reference AS value FROM idempotency_keys").join(" ");
        assert!(!kept.contains(&digest) && !kept.contains(PASSWORD) && !kept.is_empty(), "{kept}");
        let other = json!({"login": login, "password": NEW, "displayName": "Somebody"});
        assert!(rig.send(Method::POST, path, token, Some(other), &key).await.status >= 409);
    }
}

#[actix_web::test]
async fn a_password_is_changed_only_on_the_version_that_was_seen_and_a_stale_one_is_no_guess() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let token = rig.token("someone").await;
    let path = "/api/v1/accounts/me/password";
    let seen = rig.get("/api/v1/accounts/me", &token).await.header("etag");
    let put = async |headers: &[(&str, &str)]| {
        rig.send(Method::PUT, path, &token, Some(change("wrong oven river glass", NEW)), headers).await.status
    };
    assert_eq!(put(&[]).await, 428);
    for _ in 0..8 {
        assert_eq!(put(&[("if-match", "\"9.x\"")]).await, 412);
    }
    let right = Some(change(PASSWORD, NEW));
    assert_eq!(rig.send(Method::PUT, path, &token, right, &[("if-match", &seen)]).await.status, 204);
}

#[actix_web::test]
async fn a_new_password_that_is_refused_is_no_guess_at_the_current_one() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let token = rig.token("someone").await;
    let path = "/api/v1/accounts/me/password";
    for _ in 0..8 {
        assert_eq!(rig.put(path, &token, change(PASSWORD, "short")).await.status, 400);
    }
    let same = rig.put(path, &token, change(PASSWORD, PASSWORD)).await;
    assert_eq!(same.body["errors"][0]["code"], "password_unchanged");
    assert_eq!(rig.put(path, &token, change(PASSWORD, NEW)).await.status, 204);
}

/// A staff account as an administrator makes it over the API.
async fn hired(rig: &Rig) {
    rig.staff("security", &[("security_administrator", None)]).await;
    let admin = rig.token("security").await;
    let new = json!({"login": "clerk", "password": PASSWORD, "displayName": "Clerk"});
    assert_eq!(rig.post("/api/v1/staff", &admin, new).await.status, 201);
}

async fn log_in(rig: &Rig, password: &str, new: &str) -> super::rig::Answered {
    let body = json!({"login": "clerk", "password": password, "newPassword": new});
    rig.post("/api/v1/sessions", "", body).await
}

#[actix_web::test]
async fn a_password_that_its_maker_knows_opens_no_session_before_the_owner_changes_it() {
    let rig = Rig::new().await;
    hired(&rig).await;
    for _ in 0..8 {
        // The right one each time: no guess, nothing to wait for.
        assert_eq!(rig.log_in("clerk", PASSWORD).await.code(), (403, "password_change_required"));
    }
    let opened = || rig.db.texts("SELECT id AS value FROM sessions").len();
    assert_eq!(opened(), 1, "the administrator's");
    let changed = log_in(&rig, PASSWORD, NEW).await;
    assert_eq!(changed.status, 201, "{}", changed.body);
    assert_eq!(rig.get("/api/v1/accounts/me", &changed.text("accessToken")).await.status, 200);
    assert_eq!(rig.log_in("clerk", PASSWORD).await.code(), (401, "bad_credentials"));
    assert_eq!(rig.log_in("clerk", NEW).await.status, 201);
    assert_eq!([rig.events("account.password_changed"), rig.events("session.opened")], [1, 3]);
}

#[actix_web::test]
async fn that_a_password_has_to_be_changed_is_told_only_to_whoever_knows_it() {
    let rig = Rig::new().await;
    hired(&rig).await;
    let wrong = "wrong oven river glass";
    let refused =
        [rig.log_in("clerk", wrong).await, log_in(&rig, wrong, NEW).await, rig.log_in("nobody", PASSWORD).await];
    for answer in refused {
        assert_eq!(answer.code(), (401, "bad_credentials"));
    }
    // What is wrong with the new one is told whatever the account.
    for (new, code) in [("short", "password_too_short"), (PASSWORD, "password_unchanged")] {
        let refused = log_in(&rig, PASSWORD, new).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["code"]), (400, &json!(code)));
        assert_eq!(refused.body["errors"][0]["pointer"], "/newPassword");
    }
}

#[actix_web::test]
async fn a_login_that_changes_the_password_ends_every_other_session() {
    let rig = Rig::new().await;
    rig.citizen("clerk").await;
    let before = rig.token("clerk").await;
    let changed = log_in(&rig, PASSWORD, NEW).await;
    assert_eq!(changed.status, 201, "{}", changed.body);
    assert_eq!(rig.get("/api/v1/accounts/me", &before).await.status, 401);
    assert_eq!(rig.get("/api/v1/accounts/me", &changed.text("accessToken")).await.status, 200);
    let facts = rig.db.text("SELECT facts AS value FROM journal WHERE event = 'account.password_changed'");
    assert!(facts.contains("\"sessionsEnded\":1"), "{facts}");
}
