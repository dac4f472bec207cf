//! How fast the public may file, and who is not held up.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

fn licence() -> Value {
    forms::licence(forms::WHOLE)
}

fn report() -> Value {
    json!({ "jurisdiction": "us-la", "serviceItem": "Other", "form": {} })
}

async fn keyed(world: &World, who: &Who, body: &Value, key: &str) -> Answer {
    world.ask(Some(who), "POST", "/api/v1/cases").header("idempotency-key", key).body(body).send().await
}

#[track_caller]
fn assert_must_wait(answer: &Answer, seconds: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_requests"));
    assert_eq!(answer.header("retry-after"), Some(seconds));
}

#[actix_web::test]
async fn an_account_begins_and_hands_in_so_many_cases_an_hour_and_no_more_mail_follows() {
    let world = World::with_filing(3, 1).await;
    let (citizen, other) = (world.citizen().await, world.citizen().await);
    let mut draft = licence();
    draft["intent"] = json!("draft");
    let draft = world.post(&citizen, "/api/v1/cases", &draft).await.expect(201).text("/id");
    for key in ["0123456789abcdef0001", "0123456789abcdef0002"] {
        keyed(&world, &citizen, &licence(), key).await.expect(201);
    }
    world.set("2026-02-05T01:40:00Z");
    assert_must_wait(&world.post(&citizen, "/api/v1/cases", &licence()).await, "3000");
    assert_must_wait(&world.act(&citizen, &draft, "submission", &json!({})).await, "3000");
    let again = keyed(&world, &citizen, &licence(), "0123456789abcdef0002").await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "what was filed is told again, bound or not");
    world.post(&other, "/api/v1/cases", &licence()).await.expect(201);
    world.deliver().await;
    let mailbox = world.mailbox.sent();
    assert_eq!(mailbox.len(), 3, "one for each case that is there, none for what was refused");

    world.set("2026-02-05T02:30:00Z");
    for _ in 0..4 {
        // What is refused for another reason does not count.
        world.post(&citizen, "/api/v1/cases", &json!({ "jurisdiction": "us-la", "serviceItem": "none" })).await;
        let again = keyed(&world, &citizen, &licence(), "0123456789abcdef0001").await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
    for _ in 0..3 {
        world.post(&citizen, "/api/v1/cases", &licence()).await.expect(201);
    }
    assert_must_wait(&world.post(&citizen, "/api/v1/cases", &licence()).await, "3600");
    world.deliver().await;
}

#[actix_web::test]
async fn anonymous_requests_are_counted_by_address_whoever_is_logged_in_there() {
    let world = World::with_filing(1, 2).await;
    let citizen = world.citizen().await;
    let post = async |who: Option<&Who>, address: &str| {
        let ask = world.ask_from(address, who, "POST", "/api/v1/anonymous-cases");
        ask.header("x-reason", "a call").body(&report()).send().await
    };
    post(None, "192.0.2.1:4000").await.expect(201);
    let named_nobody =
        json!({ "disclosure": "anonymous", "jurisdiction": "us-la", "serviceItem": "Other", "form": {} });
    let ask = world.ask_from("192.0.2.1:4001", Some(&citizen), "POST", "/api/v1/cases");
    ask.body(&named_nobody).send().await.expect(201);
    assert_must_wait(&post(None, "192.0.2.1:4002").await, "3600");
    assert_must_wait(&post(Some(&citizen), "192.0.2.1:4003").await, "3600");
    post(None, "192.0.2.2:4000").await.expect(201);
    // Their account has had none of it.
    world.post(&citizen, "/api/v1/cases", &licence()).await.expect(201);
    let agent = world.staff("hotline_agent", None).await;
    for _ in 0..3 {
        post(Some(&agent), "192.0.2.1:4004").await.expect(201);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn staff_and_systems_who_file_for_others_are_not_held_up() {
    let world = World::with_filing(1, 1).await;
    let citizen = world.citizen().await;
    let officer = world.staff("officer", Some(FOOD)).await;
    let system = world.system(("cn-110101", "market-supervision"), &[gcrm::access::Permission::CaseCreate]).await;
    let mut body = licence();
    body["customer"] = world.get(&citizen, "/api/v1/customers/me").await.expect(200).json["id"].clone();
    for who in [&officer, &officer, &system, &system] {
        world.file(who, &body).await.expect(201);
    }
    world.deliver().await;
}
