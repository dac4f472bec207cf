//! Systems and their tokens.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::rig::{Answered, Rig, peer};

async fn register(rig: &Rig, token: &str, agency: Value, scopes: Value) -> Answered {
    rig.post("/api/v1/clients", token, json!({"name": "Lights", "agency": agency, "scopes": scopes})).await
}

async fn approve(rig: &Rig, token: &str, client: &str) -> Answered {
    rig.put(&format!("/api/v1/clients/{client}/status"), token, json!({"status": "active"})).await
}

struct Registered {
    rig: Rig,
    admin: String,
    security: String,
    id: String,
    secret: String,
}

/// A system that an agency administrator registered and the only security administrator there is approved.
async fn registered() -> Registered {
    let rig = Rig::new().await;
    rig.staff("admin", &[("agency_administrator", Some(rig.departments.agency))]).await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let (admin, security) = (rig.token("admin").await, rig.token("security").await);
    let client = register(&rig, &admin, json!(rig.departments.agency), json!(["case:create", "metrics:read"])).await;
    assert_eq!(client.status, 201, "{}", client.body);
    let (id, secret) = (client.body["client"]["id"].as_str().unwrap().to_owned(), client.text("secret"));
    assert_eq!(approve(&rig, &security, &id).await.status, 200);
    Registered { rig, admin, security, id, secret }
}

impl Registered {
    async fn token(&self, scope: &str) -> Answered {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.id),
            ("client_secret", &self.secret),
            ("scope", scope),
        ];
        self.rig.form(&fields, &[]).await
    }
}

#[actix_web::test]
async fn a_system_gets_a_token_for_its_scopes_by_form_or_by_basic() {
    let r = registered().await;
    let all = r.rig.form(&[("grant_type", "client_credentials")], &[("authorization", &basic(&r.id, &r.secret))]).await;
    assert_eq!(
        (all.status, all.text("scope").as_str(), all.text("token_type").as_str()),
        (200, "case:create metrics:read", "Bearer")
    );
    assert_eq!(r.token("metrics:read").await.text("scope"), "metrics:read");
    assert_eq!(r.rig.events("client.token_issued"), 2);
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()))
}

#[actix_web::test]
async fn a_token_is_good_for_its_scopes_only_and_for_nothing_of_a_person() {
    let r = registered().await;
    let metrics = r.token("metrics:read").await.text("access_token");
    assert_eq!(r.rig.get("/metrics", &metrics).await.status, 200);
    let create = r.token("case:create").await.text("access_token");
    assert_eq!(r.rig.get("/metrics", &create).await.status, 403);
    assert_eq!(r.rig.get("/api/v1/accounts/me", &metrics).await.status, 403);
    assert_eq!(r.rig.delete("/api/v1/sessions/current", &metrics).await.status, 403);
}

/// As many as fit into a body, and each once: what compares each with all others takes seconds for them.
#[actix_web::test]
async fn of_a_form_with_sixty_thousand_fields_none_is_read() {
    let rig = Rig::new().await;
    let digits: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let name = |n: usize| [n / 3844, n / 62 % 62, n % 62].map(|digit| digits[digit]).iter().collect::<String>();
    let form = (0..60_000).map(name).collect::<Vec<_>>().join("&");
    let request = TestRequest::post().uri("/oauth/token").peer_addr(peer("192.0.2.1:1000")).set_payload(form);
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let refused = rig.perform(&rig.door, request.insert_header(kind)).await;
    assert_eq!((refused.code(), refused.text("error").as_str()), ((400, "invalid"), "invalid_request"));
    assert_eq!(refused.body["errors"][0]["code"], "too_many");
}

#[actix_web::test]
async fn wrong_credentials_are_all_the_same_and_wrong_requests_say_what_is_wrong() {
    let r = registered().await;
    let ask = async |id: &str, secret: &str, scope: &str| {
        let fields =
            [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", scope)];
        r.rig.form(&fields, &[]).await
    };
    let unknown = gcrm::ids::ClientId::new().to_string();
    for (id, secret) in [(r.id.as_str(), "wrong"), (&unknown, &r.secret), ("nonsense", &r.secret), ("' OR 1=1", "x")] {
        assert_eq!(ask(id, secret, "case:create").await.code(), (401, "invalid_client"), "{id}");
    }
    for scope in ["case:read", "case:createx", "CASE:CREATE", "case:create  metrics:read", ""] {
        let refused = ask(&r.id, &r.secret, scope).await;
        assert_eq!(
            (refused.code(), refused.body["errors"][0]["code"].as_str()),
            ((400, "bad_grant"), Some("invalid_scope"))
        );
    }
    let password = r.rig.form(&[("grant_type", "password")], &[]).await;
    assert_eq!(password.body["errors"][0]["code"], "unsupported_grant_type");
    assert_eq!(r.rig.form(&[("grant_type", "client_credentials")], &[]).await.code(), (400, "bad_grant"));
    let twice = [("grant_type", "client_credentials"), ("client_secret", "x")];
    assert_eq!(r.rig.form(&twice, &[("authorization", &basic(&r.id, &r.secret))]).await.code(), (400, "bad_grant"));
}

/// RFC 6749 §5.2: libraries read `error`, not our `code`.
#[actix_web::test]
async fn every_refusal_of_a_token_names_the_error_of_the_standard() {
    let r = registered().await;
    let grant = ("grant_type", "client_credentials");
    let (id, secret) = (("client_id", r.id.as_str()), ("client_secret", r.secret.as_str()));
    let cases = [
        (vec![], 400, "invalid_request"),
        (vec![("grant_type", "password"), id, secret], 400, "unsupported_grant_type"),
        (vec![grant], 400, "invalid_request"),
        (vec![grant, grant, id, secret], 400, "invalid_request"),
        (vec![grant, id, secret, ("scope", "role:grant")], 400, "invalid_scope"),
        (vec![grant, id, ("client_secret", "wrong")], 401, "invalid_client"),
    ];
    for (fields, status, error) in cases {
        let refused = r.rig.form(&fields, &[]).await;
        assert_eq!((refused.status, refused.text("error").as_str()), (status, error), "{fields:?}");
        assert!(refused.text("type").starts_with("/problems/"), "{}", refused.body);
    }
    for credentials in [basic(&r.id, "wrong"), "Basic nonsense".to_owned()] {
        let refused = r.rig.form(&[grant], &[("authorization", &credentials)]).await;
        assert_eq!((refused.status, refused.text("error").as_str()), (401, "invalid_client"));
        assert!(refused.header("www-authenticate").starts_with("Basic realm="));
        assert!(refused.text("title").contains("Client id") && !refused.body.to_string().contains("Login name"));
    }
    // Elsewhere a problem has no such member.
    assert!(r.rig.log_in("nobody", "wrong").await.body.get("error").is_none());
}

#[actix_web::test]
async fn a_new_secret_replaces_the_old_one_and_none_is_stored() {
    let r = registered().await;
    let path = format!("/api/v1/clients/{}/secret", r.id);
    let rotate = async |version: &[(&str, &str)]| r.rig.send(Method::POST, &path, &r.admin, None, version).await;
    assert_eq!(rotate(&[]).await.status, 428);
    assert_eq!(rotate(&[("if-match", "\"9.x\"")]).await.status, 412);
    let rotated = rotate(&[("if-match", "\"2.x\"")]).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    assert_eq!(r.token("case:create").await.status, 401);
    let new = Registered { secret: rotated.text("secret"), ..r };
    assert_eq!(new.token("case:create").await.status, 200);
    let stored = new.rig.db.text("SELECT secret_hash AS value FROM clients");
    assert!(!stored.contains(new.secret.trim_start_matches("gcrm_secret_")));
    let shown = new.rig.get(&format!("/api/v1/clients/{}", new.id), &new.admin).await;
    assert!(!shown.body.to_string().contains(&new.secret) && !shown.body.to_string().contains(&stored));
}

#[actix_web::test]
async fn a_system_that_is_shut_out_is_out_at_once() {
    let r = registered().await;
    let token = r.token("metrics:read").await.text("access_token");
    assert_eq!(r.rig.get("/metrics", &token).await.status, 200);
    let path = format!("/api/v1/clients/{}", r.id);
    assert_eq!(r.rig.delete(&path, &r.admin).await.status, 204);
    assert_eq!(r.rig.get("/metrics", &token).await.status, 401);
    assert_eq!(r.token("metrics:read").await.status, 401);
    assert_eq!(r.rig.delete(&path, &r.admin).await.status, 412);
}

#[actix_web::test]
async fn a_system_is_bound_to_an_agency_within_the_administrators_reach() {
    let rig = Rig::new().await;
    let d = rig.departments;
    rig.staff("admin", &[("agency_administrator", Some(d.agency))]).await;
    let admin = rig.token("admin").await;
    let scopes = json!(["case:create"]);
    assert_eq!(register(&rig, &admin, json!(d.agency), scopes.clone()).await.status, 201);
    assert_eq!(register(&rig, &admin, json!(d.other_agency), scopes.clone()).await.code(), (403, "out_of_reach"));
    assert_eq!(register(&rig, &admin, json!(d.department), scopes).await.status, 400);
    let beyond = register(&rig, &admin, json!(d.agency), json!(["case:create", "role:grant"])).await;
    assert_eq!(beyond.body["errors"][0]["pointer"], "/scopes/1");

    rig.staff("security", &[("security_administrator", None)]).await;
    let security = rig.token("security").await;
    let foreign = register(&rig, &security, json!(d.other_agency), json!(["case:create"])).await;
    let path = format!("/api/v1/clients/{}", foreign.body["client"]["id"].as_str().unwrap());
    assert_eq!(rig.get(&path, &admin).await.status, 404);
    assert_eq!(rig.delete(&path, &admin).await.status, 404);
    assert_eq!(rig.get("/api/v1/clients", &admin).await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(rig.get("/api/v1/clients", &security).await.body["items"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_repeated_registration_is_the_same_system_without_its_secret() {
    let r = registered().await;
    let key = [("idempotency-key", "0123456789abcdef0123")];
    let body = json!({"name": "Bins", "agency": r.rig.departments.agency, "scopes": ["case:create"]});
    let first = r.rig.send(Method::POST, "/api/v1/clients", &r.admin, Some(body.clone()), &key).await;
    let again = r.rig.send(Method::POST, "/api/v1/clients", &r.admin, Some(body), &key).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body["client"], again.body["client"]);
    assert!(first.body["secret"].is_string() && again.body["secret"].is_null());
}

#[actix_web::test]
async fn whoever_knows_the_id_of_a_system_cannot_keep_it_out() {
    let r = registered().await;
    let guess = [("grant_type", "client_credentials"), ("client_id", r.id.as_str()), ("client_secret", "wrong")];
    let mut statuses = Vec::new();
    for _ in 0..60 {
        statuses.push(r.rig.form(&guess, &[]).await.status);
    }
    // Fifty failures from one address, then that address waits.
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 50);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 10);
    assert_eq!(r.token("case:create").await.status, 200, "the right secret, even from there");
}

#[actix_web::test]
async fn a_system_that_an_agency_registers_gets_no_token_before_the_platform_approves_it() {
    let rig = Rig::new().await;
    let d = rig.departments;
    rig.staff("admin", &[("agency_administrator", Some(d.agency))]).await;
    rig.staff("security", &[("security_administrator", None)]).await;
    let (admin, security) = (rig.token("admin").await, rig.token("security").await);
    let waiting = register(&rig, &admin, json!(d.agency), json!(["case:create"])).await;
    assert_eq!((waiting.status, &waiting.body["client"]["status"]), (201, &json!("pending")));
    let (id, secret) = (waiting.body["client"]["id"].as_str().unwrap().to_owned(), waiting.text("secret"));
    let r = Registered { rig, admin, security, id, secret };
    assert_eq!(r.token("case:create").await.code(), (401, "invalid_client"));

    assert_eq!(approve(&r.rig, &r.admin, &r.id).await.code(), (403, "out_of_reach"));
    let other =
        r.rig.put(&format!("/api/v1/clients/{}/status", r.id), &r.security, json!({"status": "disabled"})).await;
    assert_eq!(other.status, 400, "who is to be shut out is deleted");
    let approved = approve(&r.rig, &r.security, &r.id).await;
    assert_eq!((approved.status, &approved.body["status"]), (200, &json!("active")));
    assert_eq!(r.token("case:create").await.status, 200);
    assert_eq!(approve(&r.rig, &r.security, &r.id).await.code(), (409, "conflict"));
    assert_eq!([r.rig.events("client.registered"), r.rig.events("client.activated")], [1, 1]);
}

#[actix_web::test]
async fn a_security_administrator_who_registers_a_system_needs_another_one_to_approve_it() {
    let rig = Rig::new().await;
    let agency = json!(rig.departments.agency);
    let maker = rig.staff("security", &[("security_administrator", None)]).await;
    rig.staff("second", &[("security_administrator", None)]).await;
    let (security, second) = (rig.token("security").await, rig.token("second").await);
    let waiting = register(&rig, &security, agency, json!(["case:read"])).await;
    let client = &waiting.body["client"];
    assert_eq!((&client["status"], &client["registeredBy"]), (&json!("pending"), &json!(maker)));
    let (id, secret) = (client["id"].as_str().unwrap().to_owned(), waiting.text("secret"));
    assert_eq!(approve(&rig, &security, &id).await.code(), (403, "second_person_required"));
    let r = Registered { rig, admin: security.clone(), security, id, secret };
    assert_eq!(r.token("case:read").await.status, 401, "alone, nobody makes themselves a way to the cases");
    assert_eq!(approve(&r.rig, &second, &r.id).await.status, 200);
    assert_eq!(r.token("case:read").await.status, 200);
}

#[actix_web::test]
async fn a_security_administrator_shuts_a_system_out_and_makes_no_secret_for_it() {
    let r = registered().await;
    let secret = format!("/api/v1/clients/{}/secret", r.id);
    let rotate = async |token: &str| r.rig.send(Method::POST, &secret, token, None, &[("if-match", "*")]).await;
    assert_eq!(rotate(&r.security).await.code(), (403, "forbidden"));
    assert_eq!(r.token("case:create").await.status, 200);
    assert_eq!(rotate(&r.admin).await.body["client"]["status"], "active", "a new secret waits for nobody");
    assert_eq!(r.rig.delete(&format!("/api/v1/clients/{}", r.id), &r.security).await.status, 204);
}

#[actix_web::test]
async fn a_system_that_waits_can_be_given_a_new_secret_and_be_shut_out() {
    let rig = Rig::new().await;
    let d = rig.departments;
    rig.staff("admin", &[("agency_administrator", Some(d.agency))]).await;
    let admin = rig.token("admin").await;
    let waiting = register(&rig, &admin, json!(d.agency), json!(["case:create"])).await;
    let path = waiting.header("location");
    let secret = format!("{path}/secret");
    let rotated = rig.send(Method::POST, &secret, &admin, None, &[("if-match", "*")]).await;
    assert_eq!((rotated.status, &rotated.body["client"]["status"]), (200, &json!("pending")));
    assert_eq!(rig.delete(&path, &admin).await.status, 204);
    assert_eq!(rig.get(&path, &admin).await.text("status"), "disabled");
}
