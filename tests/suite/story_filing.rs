//! How cases are filed, over HTTP: by whom, for whom, once.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World};
use gcrm::access::Permission;

const KEY: &str = "0c6e0f4e-2f0f-4b3e-8f5f-3d8e0a5d7b21";

fn graffiti() -> Value {
    json!({
        "jurisdiction": "us-la", "serviceItem": "Graffiti Removal",
        "form": { "description": "Paint on a wall" }, "location": { "latitude": 34.05, "longitude": -118.24 }
    })
}

/// The body with one member more.
fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

async fn posted(world: &World, who: &Who, path: &str, body: &Value) -> Answer {
    world.ask(Some(who), "POST", path).header("idempotency-key", KEY).body(body).send().await.expect(201)
}

#[actix_web::test]
async fn whoever_may_file_but_not_read_is_told_the_same_answer_again() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let filer = world.system(("us-la", "OCB"), &[Permission::CaseCreate]).await;
    for who in [&citizen, &filer] {
        let body = with(graffiti(), "disclosure", json!("anonymous"));
        let first = posted(&world, who, "/api/v1/cases", &body).await;
        let again = posted(&world, who, "/api/v1/cases", &body).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.json, first.json);
        let read = world.get(who, &format!("/api/v1/cases/{}", first.text("/id"))).await;
        assert!([403, 404].contains(&read.status), "to read is another right: {}", read.status);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn whoever_may_register_but_not_read_customers_is_told_the_same_answer_again() {
    let world = World::new().await;
    let system = world.system(("us-la", "OCB"), &[Permission::CustomerRegister]).await;
    let card = json!({ "name": "Synthetic Company", "details": { "kind": "enterprise" } });
    let first = posted(&world, &system, "/api/v1/customers", &card).await;
    let again = posted(&world, &system, "/api/v1/customers", &card).await;
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &first.json));
    world.deliver().await;
}
