//! A request that was carried out is answered again, whatever has become of what it needed.

use serde_json::json;

use crate::world::{Answer, Who, World, forms};

const KEY: &str = "0c6e0f4e-2f0f-4b3e-8f5f-3d8e0a5d7b21";
const ANOTHER_KEY: &str = "58a3c7a1-9be5-4f0c-a1f5-70d3b0f2d9c4";

/// The running part of a case's number.
fn sequence(filed: &Answer) -> u32 {
    let number = filed.text("/number");
    let digits: String = number.split('-').skip(2).take(2).collect();
    digits.parse().unwrap()
}

#[actix_web::test]
async fn a_repetition_is_answered_though_the_item_was_retired_meanwhile() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let mut draft = forms::licence(forms::WHOLE);
    draft["intent"] = json!("draft");
    let draft = world.file(&citizen, &draft).await.expect(201).text("/id");
    let report = json!({ "jurisdiction": "us-la", "serviceItem": "Other", "form": {} });
    let licence = forms::licence(forms::WHOLE);
    let submission = format!("/api/v1/cases/{draft}/submission");
    let requests = [
        (Some(&citizen), "/api/v1/cases", &licence, 201),
        (None, "/api/v1/anonymous-cases", &report, 201),
        (Some(&citizen), submission.as_str(), &json!({}), 200),
    ];
    let send = async |who: Option<&Who>, path: &str, body, key: &str| {
        world.ask(who, "POST", path).if_match("*").header("idempotency-key", key).body(body).send().await
    };
    let mut first = Vec::new();
    for (who, path, body, status) in requests {
        first.push(send(who, path, body, KEY).await.expect(status));
    }
    world.retire(("cn-110101", "food-business-licence")).await;
    world.retire(("us-la", "Other")).await;
    for ((who, path, body, status), first) in requests.into_iter().zip(&first) {
        let again = send(who, path, body, KEY).await.expect(status);
        assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &first.json), "{path}");
    }
    for (who, path, body, _) in requests {
        let fresh = send(who, path, body, ANOTHER_KEY).await.expect(409);
        let code = if path == submission { "wrong_stage" } else { "item_not_in_use" };
        assert_eq!(fresh.code(), code, "{path}");
    }
    world.deliver().await;
}

#[actix_web::test]
async fn a_repeated_submission_of_a_draft_uses_up_no_number() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let mut draft = forms::licence(forms::WHOLE);
    draft["intent"] = json!("draft");
    let draft = world.file(&citizen, &draft).await.expect(201).text("/id");
    let path = format!("/api/v1/cases/{draft}/submission");
    let mut answers = Vec::new();
    for _ in 0..3 {
        let ask = world.ask(Some(&citizen), "POST", &path).if_match("*").header("idempotency-key", KEY);
        answers.push(ask.body(&json!({})).send().await.expect(200));
    }
    let next = world.file(&citizen, &forms::licence(forms::WHOLE)).await.expect(201);
    assert_eq!(sequence(&next), sequence(&answers[0]) + 1);
    world.deliver().await;
}
