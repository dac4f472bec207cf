//! Signing keys.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;

use super::rig::{Rig, peer};

fn kid(token: &str) -> String {
    let header = data_encoding::BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn rotation_refuses_nobody_and_the_old_key_signs_nothing_more() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let old = rig.token("security").await;
    for round in 1..=2 {
        let rotated = rig.post("/api/v1/signing-keys", &old, Value::Null).await;
        assert_eq!(rotated.status, 201, "{}", rotated.body);
        let new = rig.token("security").await;
        assert_eq!(kid(&new), rotated.text("kid"));
        assert_ne!(kid(&new), kid(&old));
        for token in [&old, &new] {
            assert_eq!(rig.get("/api/v1/accounts/me", token).await.status, 200);
        }
        assert_eq!(rig.get("/.well-known/jwks.json", "").await.body["keys"].as_array().unwrap().len(), round + 1);
    }
    let private = rig.db.texts("SELECT sealed AS value FROM signing_keys WHERE retired_at IS NOT NULL");
    assert_eq!(private, ["", ""]);
    // The first key, which was made with the database, and two more.
    assert_eq!(rig.events("key.rotated"), 3);
}

#[actix_web::test]
async fn a_retried_rotation_rotates_once() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    let key = [("idempotency-key", "0123456789abcdef0123")];
    let rotate = async || rig.send(Method::POST, "/api/v1/signing-keys", &token, None, &key).await;
    let (first, again) = (rotate().await, rotate().await);
    assert_eq!((first.status, again.status), (201, 201), "{}", again.body);
    assert_eq!((first.text("kid"), again.header("idempotency-replayed").as_str()), (again.text("kid"), "true"));
    assert_eq!(rig.events("key.rotated"), 2, "the first key of all, and one rotation");
}

#[actix_web::test]
async fn an_instance_takes_a_token_that_another_one_signed_with_a_newer_key() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let (_, other) = rig.another().await;
    let old = rig.token("security").await;
    rig.post("/api/v1/signing-keys", &old, Value::Null).await;
    let new = rig.token("security").await;
    let request = TestRequest::get()
        .uri("/api/v1/accounts/me")
        .peer_addr(peer("192.0.2.1:1"))
        .insert_header(("authorization", format!("Bearer {new}")));
    assert_eq!(rig.perform(&other, request).await.status, 200);
}

#[actix_web::test]
async fn the_keys_survive_a_restart() {
    let rig = Rig::new().await;
    let (again, _) = rig.another().await;
    assert_eq!(again.tokens().keys().kid(), rig.accounts.tokens().keys().kid());
    let (by, signature) = rig.accounts.tokens().keys().sign(b"gcrm checkpoint 7");
    assert!(again.tokens().keys().verify(&by, b"gcrm checkpoint 7", &signature));
}

#[actix_web::test]
async fn a_rotation_does_not_make_a_forged_key_genuine() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    let forged = gcrm::access::KeyMaterial::generate().unwrap();
    let public = data_encoding::BASE64URL_NOPAD.encode(&forged.public);
    rig.db.execute(&format!(
        "INSERT INTO signing_keys (kid, public_key, sealed, created_at, retired_at, proof)
         VALUES ('{}', '{public}', '', '2026-02-05T01:00:00.000000Z', NULL, 'x')",
        forged.kid
    ));
    let proof = || rig.db.text(&format!("SELECT proof AS value FROM signing_keys WHERE kid = '{}'", forged.kid));
    assert_eq!(rig.post("/api/v1/signing-keys", &token, Value::Null).await.status, 201);
    assert_eq!(proof(), "x");
    let known = rig.get("/.well-known/jwks.json", "").await.body["keys"].as_array().unwrap().clone();
    assert!(known.len() == 2 && known.iter().all(|key| key["kid"] != forged.kid.as_str()), "{known:?}");
}

#[actix_web::test]
async fn a_key_that_somebody_with_the_database_alone_put_there_signs_nothing_that_counts() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let token = rig.token("security").await;
    rig.post("/api/v1/signing-keys", &token, Value::Null).await;
    let forged = gcrm::access::KeyMaterial::generate().unwrap();
    let public = data_encoding::BASE64URL_NOPAD.encode(&forged.public);
    // With the proof of a row that is ours, and with none that reads.
    for proof in ["(SELECT MIN(proof) FROM signing_keys WHERE retired_at IS NOT NULL)", "'nonsense'"] {
        rig.db.execute(&format!(
            "DELETE FROM signing_keys WHERE kid = '{kid}'; \
             INSERT INTO signing_keys (kid, public_key, sealed, created_at, retired_at, proof) \
             SELECT '{kid}', '{public}', '', created_at, retired_at, {proof} \
             FROM signing_keys WHERE retired_at IS NOT NULL",
            kid = forged.kid,
        ));
        let (accounts, _) = rig.another().await;
        let known = accounts.tokens().keys().jwks(rig.clock.now());
        assert_eq!(known.keys.len(), 2, "the current and the replaced one");
        assert!(known.keys.iter().all(|key| key.kid != forged.kid));
        let signing = gcrm::access::SigningKeys::new(vec![gcrm::access::KeyMaterial {
            kid: forged.kid.clone(),
            public: forged.public.clone(),
            private: forged.private.clone(),
            retired_at: None,
        }]);
        let (kid, signature) = signing.unwrap().sign(b"gcrm checkpoint 9");
        assert!(!accounts.tokens().keys().verify(&kid, b"gcrm checkpoint 9", &signature));
    }
}

#[actix_web::test]
async fn a_replaced_key_whose_end_was_put_off_in_the_database_is_refused() {
    let rig = Rig::new().await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let old = rig.token("security").await;
    rig.post("/api/v1/signing-keys", &old, Value::Null).await;
    let known = async || rig.another().await.0.tokens().keys().jwks(rig.clock.now()).keys.len();
    assert_eq!(known().await, 2);
    rig.db.execute_either(
        "UPDATE signing_keys SET retired_at = '2099-01-01T00:00:00.000000Z' WHERE retired_at IS NOT NULL",
        "UPDATE signing_keys SET retired_at = '2099-01-01T00:00:00Z' WHERE retired_at IS NOT NULL",
    );
    assert_eq!(known().await, 1);
}
