//! A draft is its author's alone, and stays so when it is withdrawn: it was never handed in. It is handed in as things are
//! by then.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};
use gcrm::access::Permission;
use gcrm::cases::statistics::of_item;

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
    let figures = world.db.store.read(|db| of_item(db, LICENCE.0, LICENCE.1, None)).await.unwrap();
    assert_eq!((figures.cases, figures.withdrawn), (0, 0));
    let own = world.get(&citizen, &path).await.expect(200);
    assert_eq!((own.text("/stage"), &own.json["availableActions"]), ("withdrawn".into(), &json!([])));
    let refused = world.act(&citizen, &id, "evaluation", &json!({ "level": 5 })).await.expect(409);
    assert_eq!(refused.code(), "wrong_stage");
    world.deliver().await;
    assert!(world.mailbox.sent().is_empty(), "nobody is written to about what was never handed in");
}

const LICENCE: (&str, &str) = ("cn-110101", "food-business-licence");
const REGISTRATION: (&str, &str) = ("cn-110101", "market-supervision-registration");

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
    let seen = world.get(&officer, &path).await.expect(200);
    let offered: Vec<_> = seen.json["availableActions"].as_array().unwrap().iter().map(|a| &a["action"]).collect();
    assert_eq!(offered, ["submit", "withdraw"], "a reason is asked for when something is done");
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

#[actix_web::test]
async fn no_agency_hears_of_a_draft_until_it_is_handed_in() {
    let world = World::new().await;
    let (citizen, supervision) = (world.citizen().await, ("cn-110101", "market-supervision"));
    let mut paths = Vec::new();
    for key in ["drafts-note-0001", "drafts-note-0002"] {
        let path = format!("/api/v1/cases/{}", world.file(&citizen, &draft()).await.expect(201).text("/id"));
        let patch = json!({ "form": forms::licence(&[])["form"] });
        step(&world, &citizen, "PATCH", &path, &patch).await.expect(200);
        let note = json!({ "audience": "participants", "text": "Not yet." });
        let ask = world.ask(Some(&citizen), "POST", &format!("{path}/notes")).header("idempotency-key", key);
        ask.body(&note).send().await.expect(201);
        paths.push(path);
    }
    step(&world, &citizen, "POST", &format!("{}/withdrawal", paths[0]), &json!({})).await.expect(200);
    step(&world, &citizen, "POST", &format!("{}/submission", paths[1]), &json!({})).await.expect(200);
    world.deliver().await;
    let followers =
        [world.system(supervision, &[Permission::EventRead]).await, world.staff("supervisor", Some(supervision)).await];
    for follower in &followers {
        let feed = world.get(follower, "/api/v1/events?limit=500").await.expect(200);
        let told = feed.json["items"].as_array().unwrap().iter().filter(|e| !e["subjects"]["caseId"].is_null());
        let told: Vec<_> = told.map(|e| (e["event"].clone(), e["subjects"]["caseId"].clone())).collect();
        let id = paths[1].rsplit('/').next().unwrap();
        assert_eq!(told, [(json!("case.submitted"), json!(id))], "{}", follower.login);
    }
    let mails = world.db.texts("SELECT template AS value FROM deliveries");
    assert_eq!(mails, ["case_received"], "a message would tell of what was withdrawn");
    let timeline = world.get(&citizen, &format!("{}/timeline", paths[0])).await.expect(200);
    let own: Vec<_> = timeline.json["items"].as_array().unwrap().iter().map(|row| row["event"].clone()).collect();
    assert_eq!(own, ["case.drafted", "case.draft_changed", "case.note_added", "case.withdrawn"]);
    world.deliver().await;
}

#[actix_web::test]
async fn a_draft_is_handed_in_under_the_version_of_the_item_that_is_in_use() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let mut body = forms::licence(&["application", "food-safety-rules"]);
    body["intent"] = json!("draft");
    let path = format!("/api/v1/cases/{}", world.file(&citizen, &body).await.expect(201).text("/id"));
    let before = world.get(&citizen, &path).await.expect(200).text("/serviceItemId");
    world
        .publish(LICENCE, |item| {
            item.department = REGISTRATION.1.parse().unwrap();
            item.materials.retain(|m| m.code.as_str() != "food-safety-rules");
            item.form["properties"]["manager"] = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
            item.form["required"].as_array_mut().unwrap().push(json!("manager"));
        })
        .await;
    let refused = step(&world, &citizen, "POST", &format!("{path}/submission"), &json!({})).await.expect(400);
    assert_eq!(refused.text("/errors/0/pointer"), "/form/manager");
    let patch = json!({ "form": { "manager": "Synthetic" } });
    step(&world, &citizen, "PATCH", &path, &patch).await.expect(200);
    step(&world, &citizen, "POST", &format!("{path}/submission"), &json!({})).await.expect(200);
    let case = world.get(&citizen, &path).await.expect(200);
    assert_ne!(case.text("/serviceItemId"), before);
    assert_eq!(case.json["department"], json!(world.department(REGISTRATION.0, REGISTRATION.1)));
    let materials: Vec<_> =
        case.json["materials"].as_array().unwrap().iter().map(|m| (&m["code"], &m["state"])).collect();
    let expected = [(json!("application"), json!("received")), (json!("premises-layout"), json!("missing"))];
    assert_eq!(materials, expected.iter().map(|(code, state)| (code, state)).collect::<Vec<_>>());
    world.deliver().await;
}

#[actix_web::test]
async fn a_draft_keeps_the_department_that_was_chosen_for_it() {
    let world = World::new().await;
    let clerk = world.staff("import_officer", Some(("cn-110101", "market-supervision"))).await;
    let chosen = world.department("cn-110101", "market-supervision-window");
    let mut body = forms::licence(&[]);
    body["intent"] = json!("draft");
    body["disclosure"] = json!("not_disclosed");
    body["department"] = json!(chosen);
    let path = format!("/api/v1/cases/{}", world.file(&clerk, &body).await.expect(201).text("/id"));
    world.publish(LICENCE, |item| item.department = REGISTRATION.1.parse().unwrap()).await;
    let submitted = step(&world, &clerk, "POST", &format!("{path}/submission"), &json!({})).await.expect(200);
    assert_eq!(submitted.json["department"], json!(chosen));
    world.deliver().await;
}

#[actix_web::test]
async fn staff_hand_in_a_draft_only_where_their_right_to_file_still_reaches() {
    let world = World::new().await;
    let officer = world.staff("officer", Some(FOOD)).await;
    let mut body = forms::licence(&[]);
    body["intent"] = json!("draft");
    body["disclosure"] = json!("not_disclosed");
    let path = format!("/api/v1/cases/{}", world.file(&officer, &body).await.expect(201).text("/id"));
    world.publish(LICENCE, |item| item.department = REGISTRATION.1.parse().unwrap()).await;
    let refused = step(&world, &officer, "POST", &format!("{path}/submission"), &json!({})).await.expect(403);
    assert_eq!(refused.code(), "out_of_reach");
    world.deliver().await;
}

#[actix_web::test]
async fn a_draft_of_an_item_that_is_not_in_use_any_more_can_only_be_taken_back() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let path = format!("/api/v1/cases/{}", world.file(&citizen, &draft()).await.expect(201).text("/id"));
    world.retire(LICENCE).await;
    for (method, path) in [("PATCH", path.clone()), ("POST", format!("{path}/submission"))] {
        assert_eq!(step(&world, &citizen, method, &path, &json!({})).await.expect(409).code(), "item_not_in_use");
    }
    step(&world, &citizen, "POST", &format!("{path}/withdrawal"), &json!({})).await.expect(200);
    world.deliver().await;
}

#[actix_web::test]
async fn the_applicant_is_kept_as_they_are_when_they_file() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let mut body = forms::licence(&[]);
    body["intent"] = json!("draft");
    let path = format!("/api/v1/cases/{}", world.file(&citizen, &body).await.expect(201).text("/id"));
    let me = world.get(&citizen, "/api/v1/customers/me").await.expect(200).text("/id");
    let rename = async |name: &str| {
        step(&world, &citizen, "PATCH", &format!("/api/v1/customers/{me}"), &json!({ "name": name })).await.expect(200)
    };
    rename("样例丙").await;
    step(&world, &citizen, "POST", &format!("{path}/submission"), &json!({})).await.expect(200);
    rename("样例丁").await;
    assert_eq!(world.get(&citizen, &path).await.expect(200).text("/applicant/name"), "样例丙");
    world.deliver().await;
}

#[actix_web::test]
async fn a_patch_of_a_draft_is_merged_member_by_member_and_null_removes() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let mut body = draft();
    body["materials"] = json!(["application"]);
    body["location"] =
        json!({ "latitude": 39.9, "longitude": 116.4, "address": "Synthetic Street 1", "district": "Dongcheng" });
    let path = format!("/api/v1/cases/{}", world.file(&citizen, &body).await.expect(201).text("/id"));
    let after = async |patch: Value| {
        step(&world, &citizen, "PATCH", &path, &patch).await.expect(200);
        let case = world.get(&citizen, &path).await.expect(200).json;
        let received = case["materials"].as_array().unwrap().iter().filter(|m| m["state"] == "received").count();
        (case["location"].clone(), case["form"].clone(), received)
    };
    let form = json!({ "premisesAddress": "Synthetic Street 1" });
    let place = json!({ "latitude": 39.9, "longitude": 116.4, "address": "Gate 3", "district": "Dongcheng" });
    assert_eq!(after(json!({ "location": { "address": "Gate 3" } })).await, (place, form.clone(), 1));
    let place = json!({ "latitude": 39.9, "longitude": 116.4, "address": "Gate 3" });
    assert_eq!(after(json!({ "location": { "district": null } })).await, (place.clone(), form, 1));
    let form = json!({ "floorArea": 80 });
    let patch = json!({ "form": { "premisesAddress": null, "floorArea": 80 } });
    assert_eq!(after(patch).await, (place.clone(), form.clone(), 1));
    assert_eq!(after(json!({ "materials": null })).await, (place, form.clone(), 0));
    assert_eq!(after(json!({ "location": null })).await, (json!({}), form, 0));
    assert_eq!(after(json!({ "form": null })).await, (json!({}), json!({}), 0));
    let refused = step(&world, &citizen, "PATCH", &path, &json!({ "location": { "latitude": 91 } })).await.expect(400);
    assert_eq!(refused.text("/errors/0/pointer"), "/location/latitude");
    world.deliver().await;
}

#[actix_web::test]
async fn the_materials_of_a_draft_are_replaced_whole() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let mut body = draft();
    body["materials"] = json!(["application", "business-licence"]);
    let path = format!("/api/v1/cases/{}", world.file(&citizen, &body).await.expect(201).text("/id"));
    step(&world, &citizen, "PATCH", &path, &json!({ "materials": ["premises-layout"] })).await.expect(200);
    let case = world.get(&citizen, &path).await.expect(200);
    let received = case.json["materials"].as_array().unwrap().iter().filter(|m| m["state"] == "received");
    assert_eq!(received.map(|m| &m["code"]).collect::<Vec<_>>(), ["premises-layout"]);
    world.deliver().await;
}

#[actix_web::test]
async fn a_system_that_may_not_read_is_answered_again_when_it_hands_in_a_draft_twice() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let system = world.system(("cn-110101", "market-supervision"), &[Permission::CaseCreate]).await;
    let mut body = forms::licence(forms::WHOLE);
    body["intent"] = json!("draft");
    body["customer"] = world.get(&citizen, "/api/v1/customers/me").await.expect(200).json["id"].clone();
    let path = format!("/api/v1/cases/{}/submission", world.file(&system, &body).await.expect(201).text("/id"));
    let hand_in = || {
        let ask = world.ask(Some(&system), "POST", &path).if_match("*");
        ask.header("idempotency-key", "systems-submission-1").body(&json!({})).send()
    };
    let (first, again) = (hand_in().await.expect(200), hand_in().await.expect(200));
    assert_eq!((again.header("idempotency-replayed"), again.text("/number")), (Some("true"), first.text("/number")));
    world.deliver().await;
}
