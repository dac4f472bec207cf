//! What an operator relies on: an end that cuts nobody short, a log without people in it, health that tells the truth.

use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::world::World;
use crate::world::forms::{WHOLE, licence};
use crate::world::process::{Home, answer, until};

#[cfg(unix)]
const CONTINUE: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[cfg(unix)]
#[test]
fn a_service_that_is_told_to_stop_by_either_signal_answers_what_it_was_asked_and_ends_well() {
    let home = Home::new();
    for signal in ["INT", "TERM"] {
        let service = home.serve(&[]);
        let body = json!({ "login": format!("stop.{}", signal.to_lowercase()), "displayName": "Synthetic",
            "password": "lantern orchard velvet canyon" })
        .to_string();
        let head = "POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
            content-type: application/json\r\nexpect: 100-continue\r\n";
        let (first, second) = body.split_at(10);
        let mut asking = service.connect();
        asking.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).unwrap();
        // The service says itself when it has taken the request up: what still waits unread may be dropped.
        let mut taken = [0; CONTINUE.len()];
        asking.read_exact(&mut taken).unwrap();
        assert_eq!(taken, *CONTINUE);
        asking.write_all(first.as_bytes()).unwrap();
        service.signal(signal);
        until(|| (!service.listens()).then_some(()));
        asking.write_all(second.as_bytes()).unwrap();
        assert_eq!(answer(&mut asking).0, 201, "{signal}: {}", home.log());
        assert!(service.ended().success(), "{signal}: {}", home.log());
    }
}

#[test]
fn a_caller_who_takes_no_answers_loses_the_connection_after_the_set_time() {
    let home = Home::new();
    let service = home.serve(&[("GCRM__SERVER__ANSWER_DEADLINE_S", "1")]);
    let mut asking = service.connect();
    // More than is kept on the way, so that the service has to wait.
    let asked = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(60);
    asking.write_all(asked.as_bytes()).unwrap();
    let cut_off = until(|| asking.take_error().unwrap());
    assert_eq!(cut_off.kind(), std::io::ErrorKind::ConnectionReset);
}

/// Words that stand for a person's; none of them is part of anything that the program says itself.
const CANARIES: [&str; 9] = [
    "金丝雀",
    "canary-login",
    "Canary Display",
    "canary word of passage",
    "110101190001010014",
    "canary-mail@example.org",
    "010-12345678",
    "Canary Street 7",
    "canary-broken",
];

#[test]
fn the_log_of_a_whole_day_is_json_and_holds_nothing_about_a_person() {
    let home = Home::new();
    let service = home.serve(&[("GCRM__LOG__FORMAT", "json"), ("GCRM__LOG__LEVEL", "info")]);
    let post = |path: &str, token: &str, body: &Value| {
        let bearer = format!("authorization: Bearer {token}");
        let headers = if token.is_empty() { vec![] } else { vec![bearer.as_str()] };
        service.ask("POST", path, &headers, &body.to_string())
    };
    let login = json!({ "login": CANARIES[1], "password": CANARIES[3] });
    let account = json!({ "login": CANARIES[1], "password": CANARIES[3], "displayName": CANARIES[2], "locale": "en" });
    assert_eq!(post("/api/v1/accounts", "", &account).0, 201);
    assert_eq!(post("/api/v1/sessions", "", &json!({ "login": CANARIES[1], "password": "canary-broken" })).0, 401);
    let (status, session) = post("/api/v1/sessions", "", &login);
    assert_eq!(status, 201, "{session}");
    let token = session["accessToken"].as_str().unwrap();
    let card = json!({
        "name": CANARIES[0],
        "details": { "kind": "individual", "birthDate": "1900-01-01" },
        "preferredLanguage": "en",
        "preferredChannel": "email",
        "identifiers": [{ "scheme": "resident_id", "value": CANARIES[4] }],
        "contactPoints": [
            { "contact": { "kind": "email", "value": CANARIES[5] }, "preferred": true },
            { "contact": { "kind": "phone", "value": CANARIES[6] } }
        ]
    });
    let (status, customer) = post("/api/v1/customers", token, &card);
    assert_eq!(status, 201, "{customer}");
    let mut form = licence(WHOLE);
    form["form"]["premisesAddress"] = json!(CANARIES[7]);
    assert_eq!(post("/api/v1/cases", token, &form).0, 201);
    form["form"]["floorArea"] = json!("canary-broken");
    assert_eq!(post("/api/v1/cases", token, &form).0, 400);
    assert_eq!(post("/api/v1/canary-broken?name=canary-broken", token, &form).0, 404);
    assert_eq!(service.ask("POST", "/api/v1/cases", &[], "{\"canary-broken").0, 401);
    let mails = home.folder().join("data/mail");
    let is_mail = |path: std::path::PathBuf| path.extension().is_some_and(|extension| extension == "eml");
    until(|| std::fs::read_dir(&mails).unwrap().any(|file| is_mail(file.unwrap().path())).then_some(()));
    service.signal("TERM");
    assert!(service.ended().success());

    let log = home.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let operations: Vec<&str> = lines.iter().filter_map(|line| line["operation"].as_str()).collect();
    for operation in ["registerAccount", "logIn", "registerCustomer", "createCase"] {
        assert!(operations.contains(&operation), "{operation} is not among {operations:?}");
    }
    for canary in CANARIES {
        assert!(!log.contains(canary), "{canary}: {log}");
    }
}

#[actix_web::test]
async fn a_worker_that_keeps_dying_is_named_by_the_health_of_a_service_that_goes_on() {
    let world = World::new().await;
    let failing = async || {
        let ready = world.ask(None, "GET", "/health/ready").send().await.expect(200);
        ready.json["failingWorkers"].clone()
    };
    world.app.door.worker_died("sweeper");
    world.app.door.worker_died("sweeper");
    assert_eq!(failing().await, json!([]));
    world.app.door.worker_died("sweeper");
    assert_eq!(failing().await, json!(["sweeper"]));
    world.deliver().await;
}
