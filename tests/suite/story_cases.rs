//! What the unified workflow promises, over HTTP.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const INFORMATION: (&str, &str) = ("cn-110101", "government-office-information");

fn licence() -> Value {
    forms::licence(forms::WHOLE)
}

async fn filed(world: &World, who: &Who, body: &Value) -> String {
    world.post(who, "/api/v1/cases", body).await.expect(201).text("/id")
}

async fn case_of(world: &World, who: &Who, id: &str) -> Answer {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200)
}

fn clock(case: &Answer, kind: &str) -> Value {
    let clocks = case.json["clocks"].as_array().unwrap();
    clocks.iter().rfind(|c| c["kind"] == kind).unwrap_or_else(|| panic!("no {kind} clock")).clone()
}

#[actix_web::test]
async fn of_fifty_who_make_the_same_transition_at_once_one_wins_and_nothing_is_lost() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let officer = world.staff("officer", Some(FOOD)).await;
    let id = filed(&world, &citizen, &licence()).await;
    let etag = case_of(&world, &officer, &id).await.header("etag").unwrap().to_owned();
    let path = format!("/api/v1/cases/{id}/acceptance");
    let tries = (0..50).map(|_| world.ask(Some(&officer), "POST", &path).if_match(&etag).body(&json!({})).send());
    let statuses: Vec<_> = join_all(tries).await.into_iter().map(|a| a.status).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| [409, 412].contains(*s)).count(), 49, "{statuses:?}");
    let case = case_of(&world, &officer, &id).await;
    assert_eq!((case.text("/stage"), case.json["version"].as_i64()), ("in_progress".into(), Some(2)));
    world.deliver().await;
}

#[actix_web::test]
async fn the_same_post_two_hundred_times_with_one_key_is_one_case() {
    // And counts as one, where the public may not file as often as they like.
    let world = World::with_filing(1, 1).await;
    let citizen = world.citizen().await;
    let key = "7d5f1a90-3c7e-4e0b-9a55-0f2b1f0e6c11";
    let body = licence();
    let post = |body: &Value| {
        world.ask(Some(&citizen), "POST", "/api/v1/cases").header("idempotency-key", key).body(body).send()
    };
    let answers = join_all((0..200).map(|_| post(&body))).await;
    let ids: std::collections::BTreeSet<_> = answers.into_iter().map(|a| a.expect(201).text("/id")).collect();
    assert_eq!(ids.len(), 1);
    let again = post(&body).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let list = world.get(&citizen, "/api/v1/cases?count=true").await.expect(200);
    assert_eq!(list.json["count"], 1);
    let other = json!({ "intent": "draft", "jurisdiction": "cn-110101", "serviceItem": "food-business-licence" });
    assert_eq!(post(&other).await.expect(422).code(), "key_reused");
    world.deliver().await;
}

#[actix_web::test]
async fn a_citizen_cannot_learn_whether_anothers_case_exists() {
    let world = World::new().await;
    let (owner, stranger) = (world.citizen().await, world.stranger().await);
    let id = filed(&world, &owner, &licence()).await;
    let nowhere = gcrm::ids::CaseId::new().to_string();
    let mut told = Vec::new();
    for id in [&id, &nowhere] {
        let read = world.get(&stranger, &format!("/api/v1/cases/{id}")).await.expect(404);
        let timeline = world.get(&stranger, &format!("/api/v1/cases/{id}/timeline")).await.expect(404);
        let withdrawal = world.act(&stranger, id, "withdrawal", &json!({})).await.expect(404);
        let note = json!({ "audience": "participants", "text": "hello" });
        let note = world.post(&stranger, &format!("/api/v1/cases/{id}/notes"), &note).await.expect(404);
        let bare = |answer: Answer| (answer.code(), answer.text("/detail"), answer.headers.len());
        told.push([read, timeline, withdrawal, note].map(bare));
    }
    assert_eq!(told[0], told[1]);
    let mine = world.get(&stranger, "/api/v1/cases?count=true").await.expect(200);
    assert_eq!((&mine.json["count"], mine.json["items"].as_array().unwrap().len()), (&json!(0), 0));
    world.deliver().await;
}

#[actix_web::test]
async fn a_read_by_staff_leaves_a_row_and_ones_own_does_not() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    let reads = || world.db.texts("SELECT actor AS value FROM journal WHERE event = 'record.read'").len();
    case_of(&world, &citizen, &id).await;
    assert_eq!(reads(), 0);
    case_of(&world, &officer, &id).await;
    assert_eq!(reads(), 1);
    world.deliver().await;
}

/// The authorisation matrix: a counter's filing and a hotline's for its caller take a reason; one's own takes none.
#[actix_web::test]
async fn staff_who_file_for_somebody_say_why_and_the_journal_keeps_a_digest_of_it() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let customer = world.get(&citizen, "/api/v1/customers/me").await.expect(200).text("/id");
    let mut body = licence();
    body["customer"] = json!(customer);
    let report = json!({ "jurisdiction": "us-la", "serviceItem": "Other", "form": {} });
    let stated = || world.db.texts("SELECT facts AS value FROM journal WHERE event = 'reason.stated'");
    let hotline = world.staff("hotline_agent", None).await;
    let (named, unnamed) = (("/api/v1/cases", &body), ("/api/v1/anonymous-cases", &report));
    let filings = [
        (world.staff("officer", Some(FOOD)).await, vec![named]),
        (world.staff("officer", Some(("us-la", "ITA"))).await, vec![unnamed]),
        (hotline.clone(), vec![named, unnamed]),
    ];
    for (who, filings) in filings {
        for (path, body) in filings {
            let before = stated().len();
            assert_eq!(world.post(&who, path, body).await.expect(400).code(), "reason_required");
            let filing = world.ask(Some(&who), "POST", path).header("x-reason", "came to the counter").body(body);
            let filed = filing.send().await.expect(201);
            let id = filed.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
            let sql = format!("SELECT event AS value FROM journal WHERE case_id = '{id}' ORDER BY ordinal");
            assert_eq!(world.db.texts(&sql).last().unwrap(), "reason.stated");
            assert_eq!(stated().len(), before + 1);
        }
    }
    assert!(stated().iter().all(|facts| facts.contains("case:create") && !facts.contains("counter")));
    let id = filed(&world, &citizen, &licence()).await;
    let note = json!({ "audience": "participants", "text": "The caller asks how it stands." });
    let path = format!("/api/v1/cases/{id}/notes");
    assert_eq!(world.post(&hotline, &path, &note).await.expect(400).code(), "reason_required");
    let noted = world.ask(Some(&hotline), "POST", &path).header("x-reason", "caller asks").body(&note);
    noted.send().await.expect(201);
    assert_eq!(stated().len(), 5);
    world.deliver().await;
}

#[actix_web::test]
async fn staff_of_another_department_do_not_see_a_case_and_those_who_see_it_act_only_within_reach() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let other = world.staff("supervisor", Some(INFORMATION)).await;
    let hotline = world.staff("hotline_agent", None).await;
    let id = filed(&world, &citizen, &licence()).await;
    world.get(&other, &format!("/api/v1/cases/{id}")).await.expect(404);
    world.act(&other, &id, "acceptance", &json!({})).await.expect(404);
    assert_eq!(world.act(&hotline, &id, "acceptance", &json!({})).await.expect(403).code(), "forbidden");
    let number = case_of(&world, &citizen, &id).await.text("/number");
    let path = format!("/api/v1/cases/by-number/{number}");
    assert_eq!(world.get(&hotline, &path).await.expect(400).code(), "reason_required");
    let seen = world.ask(Some(&hotline), "GET", &path).header("x-reason", "caller asks").send().await.expect(200);
    assert!(!seen.json.to_string().contains("样例甲"), "a hotline agent sees no name");
    let typo = number.replace("-0001-", "-0010-");
    let mistyped = world.ask(Some(&hotline), "GET", &format!("/api/v1/cases/by-number/{typo}"));
    assert_eq!(mistyped.header("x-reason", "caller asks").send().await.expect(400).code(), "number_mistyped");
    world.deliver().await;
}

#[actix_web::test]
async fn silence_at_the_intake_is_acceptance_on_the_day_of_receipt() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let id = filed(&world, &citizen, &licence()).await;
    // Five working days from Thursday 02-05 end with Thursday 02-12, 24:00 in Shanghai: 02-12T16:00Z. Whatever was done
    // within them can still be entered on Friday.
    for (now, breaches) in [("2026-02-12T15:59:59Z", 0), ("2026-02-12T16:00:00Z", 1), ("2026-02-13T15:59:59Z", 1)] {
        world.set(now);
        world.sweep().await;
        assert_eq!(case_of(&world, &citizen, &id).await.text("/stage"), "submitted", "{now}");
        let told = world.db.texts("SELECT id AS value FROM journal WHERE event = 'clock.breached'");
        assert_eq!(told.len(), breaches, "{now}");
    }
    world.set("2026-02-13T16:00:00Z");
    world.sweep().await;
    world.sweep().await;
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(case.text("/stage"), "in_progress");
    assert_eq!(case.text("/acceptedAt"), "2026-02-05T01:30:00.000000Z");
    // Nobody kept the term of the intake: it ended with its last day.
    let intake = clock(&case, "intake");
    assert_eq!((&intake["kept"], &intake["stoppedAt"]), (&json!(false), &json!("2026-02-12T16:00:00.000000Z")));
    // Licensing Law art. 32(4): 20 working days from receipt: 02-06…02-14 are 7 (02-14 is worked), 02-24…28 five more,
    // 03-02…06 five, then 03-09, 03-10, 03-11.
    assert_eq!(clock(&case, "statutory")["dueOn"], "2026-03-11");
    let of = |event: &str| world.db.texts(&format!("SELECT actor AS value FROM journal WHERE event = '{event}'"));
    assert_eq!(of("clock.breached"), ["system"]);
    assert_eq!(of("case.accepted"), ["system"]);
    world.deliver().await;
}

#[actix_web::test]
async fn an_applicant_who_does_not_correct_in_time_is_deemed_to_have_withdrawn() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    let notice = json!({ "materials": ["premises-layout"], "notice": "The plan is unreadable." });
    world.act(&officer, &id, "correction", &notice).await.expect(200);
    // 30 natural days from 02-05 end on Saturday 03-07, and so on Monday 03-09.
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(clock(&case, "correction")["dueOn"], "2026-03-09");
    world.set("2026-03-10T16:00:00Z");
    world.sweep().await;
    let case = case_of(&world, &citizen, &id).await;
    assert_eq!(
        (case.text("/stage"), case.text("/endedAt")),
        ("withdrawn".into(), "2026-03-09T16:00:00.000000Z".into())
    );
    world.deliver().await;
    let last = world.mailbox.sent().pop().unwrap();
    assert!(last.rendered.subject.contains(&case.text("/number")), "{}", last.rendered.subject);
}

#[actix_web::test]
async fn an_information_request_counts_from_receipt_and_anew_from_its_correction() {
    // Monday 2026-09-21: 20 working days → 10-26 (law.md §2.6).
    let world = World::at("2026-09-21T02:00:00Z").await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(INFORMATION)).await);
    let items =
        world.get(&citizen, "/api/v1/service-items?search=information&jurisdiction=cn-110101").await.expect(200);
    let item =
        items.json["items"].as_array().unwrap().iter().find(|i| i["code"] == "information-request").unwrap().clone();
    let body = json!({
        "jurisdiction": "cn-110101", "serviceItem": "information-request", "form": sample_form(&item["form"]),
        "materials": item["materials"].as_array().unwrap().iter().map(|m| m["code"].clone()).collect::<Vec<_>>()
    });
    let id = filed(&world, &citizen, &body).await;
    assert_eq!(clock(&case_of(&world, &citizen, &id).await, "statutory")["dueOn"], "2026-10-26");
    world.act(&officer, &id, "correction", &json!({ "notice": "Which year do you mean?" })).await.expect(200);
    let case = case_of(&world, &citizen, &id).await;
    assert!(clock(&case, "statutory")["stoppedAt"].is_string(), "the period ends with the notice");
    // Thursday 2026-10-08 is the first working day after the holidays: 20 working days from it, 10-09 and 10-10 (worked)
    // first, end on Wednesday 11-04.
    world.set("2026-10-08T02:00:00Z");
    world.act(&citizen, &id, "supplement", &json!({ "form": {} })).await.expect(200);
    assert_eq!(clock(&case_of(&world, &citizen, &id).await, "statutory")["dueOn"], "2026-11-04");
    world.deliver().await;
}

/// Answers that a schema takes: the shortest of each required property.
fn sample_form(schema: &Value) -> Value {
    let mut form = serde_json::Map::new();
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let property = &schema["properties"][name];
        let value = match (&property["enum"], property["type"].as_str(), property["format"].as_str()) {
            (Value::Array(options), _, _) => options[0].clone(),
            (_, _, Some("date")) => json!("2026-01-01"),
            (_, Some("array"), _) => {
                json!([sample_form(&json!({ "required": ["x"], "properties": { "x": property["items"] } }))["x"]])
            }
            (_, Some("integer" | "number"), _) => property.get("minimum").cloned().unwrap_or(json!(1)),
            (_, Some("boolean"), _) => json!(true),
            (_, Some("object"), _) => sample_form(property),
            _ => json!("Synthetic answer, long enough"),
        };
        form.insert(name.to_owned(), value);
    }
    Value::Object(form)
}

#[actix_web::test]
async fn an_anonymous_request_is_taken_where_the_item_allows_it_and_nowhere_else() {
    let world = World::new().await;
    let report = json!({
        "jurisdiction": "us-la", "serviceItem": "Graffiti Removal", "disclosure": "anonymous",
        "form": { "description": "Paint on a wall" }, "location": { "latitude": 34.05, "longitude": -118.24 }
    });
    let receipt = world.ask(None, "POST", "/api/v1/anonymous-cases").body(&report).send().await.expect(201);
    assert!(receipt.text("/number").starts_with("2026-LA-"), "{}", receipt.json);
    let refused = world.ask(None, "POST", "/api/v1/anonymous-cases").body(&licence()).send().await.expect(409);
    assert_eq!(refused.code(), "anonymous_not_allowed");
    world.deliver().await;
}

#[actix_web::test]
async fn a_form_is_told_every_mistake_at_once() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let body = json!({
        "jurisdiction": "cn-110101", "serviceItem": "food-business-licence",
        "form": { "premisesAddress": "x", "businessForm": "spaceship", "more": 1 }, "materials": ["nonsense"]
    });
    let refused = world.post(&citizen, "/api/v1/cases", &body).await.expect(400);
    let mut pointers: Vec<_> =
        refused.json["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/form/businessForm",
            "/form/floorArea",
            "/form/more",
            "/form/operations",
            "/form/premisesAddress",
            "/materials/0"
        ]
    );
    world.deliver().await;
}

#[actix_web::test]
async fn a_past_time_needs_the_right_to_state_it_and_never_lies_in_the_future() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let clerk = world.staff("import_officer", Some(FOOD)).await;
    let id = filed(&world, &citizen, &licence()).await;
    world.set("2026-02-09T02:00:00Z");
    let past = json!({ "effectiveAt": "2026-02-06T02:00:00Z" });
    assert_eq!(world.act(&officer, &id, "acceptance", &past).await.expect(403).code(), "forbidden");
    let early = json!({ "effectiveAt": "2026-02-01T02:00:00Z" });
    world.act(&clerk, &id, "acceptance", &early).await.expect(400);
    let late = json!({ "effectiveAt": "2026-02-10T02:00:00Z" });
    world.act(&clerk, &id, "acceptance", &late).await.expect(400);
    world.act(&clerk, &id, "acceptance", &past).await.expect(200);
    assert_eq!(case_of(&world, &citizen, &id).await.text("/acceptedAt"), "2026-02-06T02:00:00.000000Z");
    world.deliver().await;
}

#[actix_web::test]
async fn what_is_wrong_with_a_case_is_told_in_the_callers_language() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let chinese = |path: &str, body: &Value| {
        let ask = world.ask(Some(&citizen), "POST", path).header("accept-language", "zh-CN").if_match("*");
        ask.body(body).send()
    };
    let mut body = licence();
    body["materials"] = json!(["nonsense"]);
    let refused = chinese("/api/v1/cases", &body).await.expect(400);
    assert_eq!(refused.text("/errors/0/detail"), "请填写该事项所列材料的代码。");
    let id = filed(&world, &citizen, &licence()).await;
    world.act(&officer, &id, "correction", &json!({ "notice": "The layout is unreadable." })).await.expect(200);
    let wrong = json!({ "form": { "floorArea": "large" } });
    let refused = chinese(&format!("/api/v1/cases/{id}/supplement"), &wrong).await.expect(400);
    assert!(refused.text("/errors/0/detail").starts_with("应为"), "{}", refused.json);
    world.deliver().await;
}
