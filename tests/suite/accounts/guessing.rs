//! Guessing at passwords.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use gcrm::config::Proxies;
use gcrm::http::Limits;
use serde_json::json;

use super::rig::{PASSWORD, Rig, peer};

const WRONG: &str = "wrong oven river glass";

#[actix_web::test]
async fn two_hundred_wrong_passwords_are_five_tries_and_then_the_wait_is_told() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let mut statuses = Vec::new();
    for _ in 0..200 {
        statuses.push(rig.log_in("someone", WRONG).await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 195);
    let refused = rig.log_in("someone", PASSWORD).await;
    assert_eq!((refused.code(), refused.header("retry-after").as_str()), ((429, "too_many_requests"), "2"));
}

#[actix_web::test]
async fn the_right_password_after_the_wait_begins_the_count_anew() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    for _ in 0..5 {
        assert_eq!(rig.log_in("someone", WRONG).await.status, 401);
    }
    rig.pass(TimeDelta::seconds(1));
    assert_eq!(rig.log_in("someone", PASSWORD).await.status, 201);
    for _ in 0..5 {
        assert_eq!(rig.log_in("someone", WRONG).await.status, 401);
    }
    assert_eq!(rig.log_in("someone", WRONG).await.status, 429);
    // The sixth failure makes the seventh try wait two seconds.
    rig.pass(TimeDelta::seconds(1));
    assert_eq!(rig.log_in("someone", WRONG).await.status, 401);
    rig.pass(TimeDelta::seconds(1));
    assert_eq!(rig.log_in("someone", PASSWORD).await.status, 429);
    rig.pass(TimeDelta::seconds(1));
    assert_eq!(rig.log_in("someone", PASSWORD).await.status, 201);
}

/// All who come through a reverse proxy come from its address; one who guesses must not lock the others out.
#[actix_web::test]
async fn behind_a_trusted_proxy_only_the_address_that_guesses_waits() {
    for (trusted, innocent) in [("192.0.2.0/24", 401), ("", 429)] {
        let proxies = Proxies::parse(trusted).unwrap();
        let rig = Rig::with(Limits { trusted_proxies: proxies, ..Limits::default() }).await;
        let guess = async |login: String, chain: &str| {
            let body = json!({"login": login, "password": WRONG});
            let headers = [("x-forwarded-for", chain)];
            rig.send(Method::POST, "/api/v1/sessions", "", Some(body), &headers).await.status
        };
        for i in 0..50 {
            // What the guesser writes in front changes nothing.
            assert_eq!(guess(format!("nobody{i}"), &format!("198.51.100.{i}, 203.0.113.1")).await, 401);
        }
        assert_eq!(guess("nobody".into(), "203.0.113.1").await, 429);
        assert_eq!(guess("somebody".into(), "203.0.113.2").await, innocent);
    }
}

#[actix_web::test]
async fn parallel_tries_do_not_slip_through() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let tries = (0..40).map(|_| rig.log_in("someone", WRONG));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 5);
}

#[actix_web::test]
async fn an_unknown_login_waits_like_a_known_one() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    let mut statuses = [Vec::new(), Vec::new()];
    for _ in 0..8 {
        statuses[0].push(rig.log_in("someone", WRONG).await.status);
        statuses[1].push(rig.log_in("nobody", WRONG).await.status);
    }
    assert_eq!(statuses[0], statuses[1]);
}

#[actix_web::test]
async fn a_device_that_was_logged_in_before_is_not_kept_out_by_others_tries() {
    let rig = Rig::new().await;
    rig.citizen("someone").await;
    rig.citizen("another").await;
    let device = rig.log_in("someone", PASSWORD).await.text("deviceToken");
    for _ in 0..20 {
        rig.log_in("someone", WRONG).await;
    }
    assert_eq!(rig.log_in("someone", PASSWORD).await.status, 429);
    let with_device =
        |login: &str, password: &str| json!({"login": login, "password": password, "deviceToken": device});
    assert_eq!(rig.post("/api/v1/sessions", "", with_device("someone", PASSWORD)).await.status, 201);
    // It is no free pass: tries on the device count, and it is worth nothing for another account.
    for _ in 0..5 {
        assert_eq!(rig.post("/api/v1/sessions", "", with_device("someone", WRONG)).await.status, 401);
    }
    assert_eq!(rig.post("/api/v1/sessions", "", with_device("someone", PASSWORD)).await.status, 429);
    for _ in 0..5 {
        assert_eq!(rig.post("/api/v1/sessions", "", with_device("another", WRONG)).await.status, 401);
    }
    assert_eq!(rig.log_in("another", PASSWORD).await.status, 429);
}

#[actix_web::test]
async fn an_address_that_tries_many_accounts_waits_whatever_its_headers_claim() {
    let rig = Rig::new().await;
    let (_, door) = rig.another().await;
    let mut statuses = Vec::new();
    for n in 0..60 {
        let request = TestRequest::post()
            .uri("/api/v1/sessions")
            .peer_addr(peer("198.51.100.7:1000"))
            .insert_header(("x-forwarded-for", format!("203.0.113.{n}")))
            .insert_header(("forwarded", format!("for=203.0.113.{n}")))
            .set_json(json!({"login": format!("nobody{n}"), "password": WRONG}));
        statuses.push(rig.perform(&door, request).await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 50);
    assert_eq!(rig.log_in("nobody99", WRONG).await.status, 401, "another address is not held up");
}

#[actix_web::test]
async fn the_table_of_tries_holds_no_login_and_no_address() {
    let rig = Rig::new().await;
    rig.log_in("my secret typed into the wrong field".split(' ').next_back().unwrap(), WRONG).await;
    let subjects = rig.db.texts("SELECT subject AS value FROM login_attempts");
    assert_eq!(subjects.len(), 2);
    assert!(subjects.iter().all(|subject| !subject.contains("field") && !subject.contains("192")), "{subjects:?}");
}
