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
        assert!(!kept.contains(&digest) && !kept.contains(PASSWORD) && kept.contains("/api/v1"), "{kept}");
        let other = json!({"login": login, "password": NEW, "displayName": "Somebody"});
        assert!(rig.send(Method::POST, path, token, Some(other), &key).await.status >= 409);
    }
}
