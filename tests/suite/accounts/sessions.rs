//! Logging in, going on, logging out.

use chrono::TimeDelta;
use gcrm::accounts::Refreshed;
use gcrm::http;
use serde_json::json;

use super::rig::{PASSWORD, Rig, about};

async fn refresh(rig: &Rig, token: &str) -> super::rig::Answered {
    rig.post("/api/v1/sessions/refresh", "", json!({"refreshToken": token})).await
}

#[actix_web::test]
async fn a_citizen_registers_logs_in_and_is_out_at_once_after_logging_out() {
    let rig = Rig::new().await;
    let input =
        json!({"login": "Someone@Example.org", "password": PASSWORD, "displayName": "Someone", "locale": "zh-CN"});
    let registered = rig.post("/api/v1/accounts", "", input).await;
    assert_eq!((registered.status, registered.header("location").as_str()), (201, "/api/v1/accounts/me"));
    assert_eq!(registered.text("login"), "someone@example.org");

    let opened = rig.log_in("someone@example.org", PASSWORD).await;
    let token = opened.text("accessToken");
    let me = rig.get("/api/v1/accounts/me", &token).await;
    assert_eq!((me.status, me.text("kind").as_str(), me.text("locale").as_str()), (200, "citizen", "zh-CN"));
    assert!(me.body["permissions"].as_array().unwrap().contains(&json!("case:create")));

    assert_eq!(rig.delete("/api/v1/sessions/current", &token).await.status, 204);
    assert_eq!(rig.get("/api/v1/accounts/me", &token).await.code(), (401, "unauthenticated"));
    assert_eq!(refresh(&rig, &opened.text("refreshToken")).await.code(), (401, "unauthenticated"));
    assert_eq!(
        [rig.events("account.registered"), rig.events("session.opened"), rig.events("session.revoked")],
        [1, 1, 1]
    );
}

#[actix_web::test]
async fn a_login_that_is_taken_is_refused_however_it_is_written() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let input = json!({"login": "ＳＯＭＥＯＮＥ", "password": PASSWORD, "displayName": "Another"});
    assert_eq!(rig.post("/api/v1/accounts", "", input).await.code(), (409, "already_exists"));
}

#[actix_web::test]
async fn everything_wrong_with_a_registration_is_told_at_once() {
    let rig = Rig::new().await;
    let input = json!({"login": "someone", "password": "Password12345678", "displayName": " "});
    let refused = rig.post("/api/v1/accounts", "", input).await;
    let pointers: Vec<_> = refused.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, [json!("/password"), json!("/displayName")]);
    let extra = json!({"login": "someone", "password": PASSWORD, "displayName": "S", "kind": "staff"});
    assert_eq!(rig.post("/api/v1/accounts", "", extra).await.code(), (400, "invalid"));
}

#[actix_web::test]
async fn a_refused_login_never_tells_why() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let clerk = rig.staff("clerk", &[]).await;
    let (accounts, call) = (rig.accounts.clone(), rig.system());
    let all = [("officer", Some(rig.departments.department))];
    rig.staff("boss", &all).await;
    let disabled = gcrm::accounts::Status::Disabled;
    rig.db.store.write(move |tx| accounts.set_status(tx, &call, clerk, disabled, None)).await.unwrap();

    let mut bodies = Vec::new();
    for (login, password) in [("someone", "wrong oven river glass"), ("nobody", PASSWORD), ("clerk", PASSWORD)] {
        let mut refused = rig.log_in(login, password).await;
        refused.body["traceId"].take();
        bodies.push((refused.status, refused.body.to_string(), refused.headers.len()));
    }
    assert_eq!(bodies[0].0, 401);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

#[actix_web::test]
async fn a_refresh_token_is_good_once_and_its_later_reuse_ends_the_session() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let first = rig.log_in("someone", PASSWORD).await;
    let second = refresh(&rig, &first.text("refreshToken")).await;
    assert_eq!(second.status, 200);
    assert_ne!(second.text("refreshToken"), first.text("refreshToken"));
    assert_eq!(rig.get("/api/v1/accounts/me", &second.text("accessToken")).await.status, 200);

    rig.pass(TimeDelta::seconds(11));
    assert_eq!(refresh(&rig, &first.text("refreshToken")).await.code(), (401, "unauthenticated"));
    assert_eq!(
        refresh(&rig, &second.text("refreshToken")).await.code(),
        (401, "unauthenticated"),
        "the family is over"
    );
    assert_eq!(rig.get("/api/v1/accounts/me", &second.text("accessToken")).await.status, 401);
    assert_eq!(rig.events("session.revoked"), 1);
}

#[actix_web::test]
async fn a_lost_answer_can_be_asked_for_again_for_ten_seconds_and_is_the_same() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let first = rig.log_in("someone", PASSWORD).await;
    let lost = refresh(&rig, &first.text("refreshToken")).await;
    rig.pass(TimeDelta::seconds(10));
    let again = refresh(&rig, &first.text("refreshToken")).await;
    assert_eq!(again.text("refreshToken"), lost.text("refreshToken"));
    assert_eq!(rig.events("session.refreshed"), 1);
    assert_eq!(refresh(&rig, &again.text("refreshToken")).await.status, 200);
}

#[actix_web::test]
async fn a_token_two_generations_old_ends_the_session_even_within_ten_seconds() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let first = rig.log_in("someone", PASSWORD).await;
    let second = refresh(&rig, &first.text("refreshToken")).await;
    let third = refresh(&rig, &second.text("refreshToken")).await;
    assert_eq!(refresh(&rig, &first.text("refreshToken")).await.status, 401);
    assert_eq!(refresh(&rig, &third.text("refreshToken")).await.status, 401);
}

#[actix_web::test]
async fn fifty_parallel_uses_of_one_refresh_token_make_one_successor() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let token = rig.log_in("someone", PASSWORD).await.text("refreshToken");
    let uses = (0..50).map(|_| {
        let (accounts, call, token) = (rig.accounts.clone(), rig.system(), token.clone());
        rig.db.store.write(move |tx| accounts.refresh(tx, &call, &token))
    });
    let outcomes = futures_util::future::join_all(uses).await;
    let successors: std::collections::BTreeSet<_> =
        outcomes.into_iter().map(|outcome| outcome.and_then(Refreshed::opened).unwrap().refresh).collect();
    assert_eq!(successors.len(), 1);
    assert_eq!(rig.db.texts("SELECT CAST(generation AS TEXT) AS value FROM sessions"), ["2"]);
    assert_eq!(rig.events("session.refreshed"), 1);
}

#[actix_web::test]
async fn a_session_ends_an_hour_after_its_last_use_and_a_day_after_its_login() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let idle = rig.log_in("someone", PASSWORD).await.text("refreshToken");
    rig.pass(TimeDelta::hours(1));
    assert_eq!(refresh(&rig, &idle).await.status, 401);

    let mut token = rig.log_in("someone", PASSWORD).await.text("refreshToken");
    for _ in 0..28 {
        rig.pass(TimeDelta::minutes(50));
        token = refresh(&rig, &token).await.text("refreshToken");
    }
    // 28 × 50 minutes are 23 hours 20 minutes.
    rig.pass(TimeDelta::minutes(40));
    assert_eq!(refresh(&rig, &token).await.status, 401);
}

#[actix_web::test]
async fn an_access_token_is_refused_where_a_refresh_token_is_due_and_the_other_way_round() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let opened = rig.log_in("someone", PASSWORD).await;
    assert_eq!(rig.get("/api/v1/accounts/me", &opened.text("refreshToken")).await.status, 401);
    assert_eq!(rig.get("/api/v1/accounts/me", &opened.text("deviceToken")).await.status, 401);
    let access = opened.text("accessToken");
    let refused = rig.post("/api/v1/sessions/refresh", "", json!({"refreshToken": access.split_at(200).0})).await;
    assert_eq!(refused.status, 401);
}

#[actix_web::test]
async fn the_document_of_the_room_has_no_defects() {
    let document = http::document(&about(), |config| {
        http::api(config, |api| {
            api.configure(gcrm::accounts::routes);
        });
        config.configure(gcrm::accounts::root_routes);
    });
    assert_eq!(http::defects(&document), Vec::<String>::new());
}
