//! A draft is its author's alone, and stays so when it is withdrawn: it was never handed in.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};
use gcrm::access::Permission;

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

fn draft() -> Value {
    json!({
        "jurisdiction": "cn-110101", "serviceItem": "food-business-licence", "intent": "draft",
        "form": { "premisesAddress": "Synthetic Street 1" }
    })
}

#[actix_web::test]
async fn a_withdrawn_draft_is_shown_to_nobody_else_counted_nowhere_and_never_evaluated() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let id = world.post(&citizen, "/api/v1/cases", &draft()).await.expect(201).text("/id");
    world.act(&citizen, &id, "withdrawal", &json!({})).await.expect(200);
    let path = format!("/api/v1/cases/{id}");
    for (role, place) in [("officer", Some(FOOD)), ("auditor", None), ("hotline_agent", None)] {
        let other = world.staff(role, place).await;
        let read = world.ask(Some(&other), "GET", &path).header("x-reason", "to look").send().await;
        assert_eq!(read.status, 404, "{role}");
    }
    let officer = world.staff("officer", Some(FOOD)).await;
    let list = world.get(&officer, "/api/v1/cases?count=true").await.expect(200);
    assert_eq!((&list.json["count"], &list.json["items"]), (&json!(0), &json!([])));
    let items = world.get(&citizen, "/api/v1/service-items?search=food&jurisdiction=cn-110101").await.expect(200);
    let items = items.json["items"].as_array().unwrap().clone();
    let item = items.iter().find(|i| i["code"] == "food-business-licence").unwrap()["id"].as_str().unwrap().to_owned();
    let figures = world.get(&citizen, &format!("/api/v1/service-items/{item}/statistics")).await.expect(200);
    assert_eq!((&figures.json["cases"], &figures.json["withdrawn"]), (&json!(0), &json!(0)));
    let own = world.get(&citizen, &path).await.expect(200);
    assert_eq!((own.text("/stage"), &own.json["availableActions"]), ("withdrawn".into(), &json!([])));
    let refused = world.act(&citizen, &id, "evaluation", &json!({ "level": 5 })).await.expect(409);
    assert_eq!(refused.code(), "wrong_stage");
    world.deliver().await;
    assert!(world.mailbox.sent().is_empty(), "nobody is written to about what was never handed in");
}

/// Something done with a draft, with the reason that staff have to give.
async fn step(world: &World, who: &Who, method: &str, path: &str, body: &Value) -> Answer {
    let ask = world.ask(Some(who), method, path).if_match("*").header("x-reason", "came to the counter");
    ask.body(body).send().await
}

async fn look(world: &World, who: &Who, path: &str) -> Answer {
    world.ask(Some(who), "GET", path).header("x-reason", "came to the counter").send().await
}

#[actix_web::test]
async fn a_draft_of_staff_or_of_a_system_is_theirs_alone_until_they_hand_it_in() {
    let world = World::new().await;
    let (citizen, colleague) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let mut body = draft();
    body["customer"] = world.get(&citizen, "/api/v1/customers/me").await.expect(200).json["id"].clone();
    let rights = [Permission::CaseCreate, Permission::CaseRead];
    let authors = [
        world.staff("officer", Some(FOOD)).await,
        world.staff("hotline_agent", None).await,
        world.system(("cn-110101", "market-supervision"), &rights).await,
    ];
    for author in &authors {
        let path = format!("/api/v1/cases/{}", world.file(author, &body).await.expect(201).text("/id"));
        for other in [&citizen, &colleague] {
            look(&world, other, &path).await.expect(404);
            step(&world, other, "PATCH", &path, &json!({})).await.expect(404);
            step(&world, other, "POST", &format!("{path}/submission"), &json!({})).await.expect(404);
        }
        let own = look(&world, author, &path).await.expect(200);
        assert_eq!(own.text("/form/premisesAddress"), "Synthetic Street 1", "whoever writes it sees what they wrote");
        let actions: Vec<_> = own.json["availableActions"].as_array().unwrap().iter().map(|a| &a["action"]).collect();
        assert_eq!(actions, ["submit", "withdraw"]);
        let patch = json!({ "form": forms::licence(&[])["form"] });
        step(&world, author, "PATCH", &path, &patch).await.expect(200);
        step(&world, author, "POST", &format!("{path}/submission"), &json!({})).await.expect(200);
        assert_eq!(look(&world, &citizen, &path).await.expect(200).text("/stage"), "submitted");
    }
    world.deliver().await;
}

#[actix_web::test]
async fn whoever_begins_a_draft_for_others_can_take_it_back_and_nobody_is_told() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let mut body = draft();
    body["customer"] = world.get(&citizen, "/api/v1/customers/me").await.expect(200).json["id"].clone();
    let path = format!("/api/v1/cases/{}", world.file(&officer, &body).await.expect(201).text("/id"));
    let silent = world.ask(Some(&officer), "POST", &format!("{path}/withdrawal")).if_match("*").body(&json!({}));
    assert_eq!(silent.send().await.expect(400).code(), "reason_required");
    step(&world, &officer, "POST", &format!("{path}/withdrawal"), &json!({})).await.expect(200);
    look(&world, &citizen, &path).await.expect(404);
    // What was handed in is the applicant's to take back.
    let filed = format!("/api/v1/cases/{}", world.file(&citizen, &forms::licence(&[])).await.expect(201).text("/id"));
    world.deliver().await;
    let mails = world.mailbox.sent().len();
    let refused = step(&world, &officer, "POST", &format!("{filed}/withdrawal"), &json!({})).await.expect(403);
    assert_eq!(refused.code(), "forbidden");
    world.deliver().await;
    assert_eq!((mails, world.mailbox.sent().len()), (1, 1), "the receipt of what was handed in");
}
