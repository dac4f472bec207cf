//! What readers see of a case: the applicant, and what was written.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};
use gcrm::access::Permission;
use gcrm::ids::TextId;

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const SUPERVISION: (&str, &str) = ("cn-110101", "market-supervision");

async fn look(world: &World, who: &Who, id: &str) -> Answer {
    let ask = world.ask(Some(who), "GET", &format!("/api/v1/cases/{id}")).header("x-reason", "the caller asks");
    ask.send().await.expect(200)
}

async fn note(world: &World, who: &Who, id: &str, audience: &str, text: &str, key: &str) -> Answer {
    let body = json!({ "audience": audience, "text": text });
    let ask = world.ask(Some(who), "POST", &format!("/api/v1/cases/{id}/notes")).header("x-reason", "the caller asks");
    ask.header("idempotency-key", key).body(&body).send().await
}

fn texts(case: &Answer) -> Vec<(&str, &str)> {
    let texts = case.json["texts"].as_array().unwrap().iter();
    texts.map(|t| (t["kind"].as_str().unwrap(), t["text"].as_str().unwrap_or_default())).collect()
}

fn placed(mut body: Value) -> Value {
    body["location"] = json!({
        "latitude": 39.9, "longitude": 116.4, "address": "Synthetic Street 1", "district": "Dongcheng"
    });
    body
}

#[actix_web::test]
async fn a_masked_reader_is_shown_a_masked_applicant_and_no_place() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let filed = world.file(&citizen, &placed(forms::licence(forms::WHOLE))).await.expect(201).text("/id");
    let report =
        json!({ "jurisdiction": "us-la", "serviceItem": "Graffiti Removal", "disclosure": "anonymous", "form": {} });
    let unnamed = world.file(&citizen, &placed(report)).await.expect(201).text("/id");
    let customer = look(&world, &citizen, &filed).await.text("/customer");
    for role in ["hotline_agent", "auditor"] {
        let reader = world.staff(role, None).await;
        let case = look(&world, &reader, &filed).await;
        let applicant = &case.json["applicant"];
        assert_eq!((&applicant["name"], &applicant["kind"]), (&json!("样**"), &json!("individual")), "{role}");
        assert_eq!(applicant["identifiers"][0]["masked"], "110101********0014");
        assert_eq!(applicant["contacts"][0]["kind"], "email");
        assert_eq!((&case.json["form"], &case.json["customer"]), (&Value::Null, &Value::Null), "{role}");
        assert_eq!(case.json["location"], json!({ "district": "Dongcheng" }), "{role}");
        let told = case.json.to_string();
        for personal in ["样例甲", &customer, "Synthetic Street"] {
            assert!(!told.contains(personal), "{role} reads {personal} in {told}");
        }
        let place = &look(&world, &reader, &unnamed).await.json["location"];
        assert_eq!(place["address"], "Synthetic Street 1", "where there is no name, the place is the matter");
    }
    let own = look(&world, &citizen, &filed).await;
    assert_eq!((own.text("/applicant/name"), own.text("/applicant/customer")), ("样例甲".into(), customer));
    world.deliver().await;
}

#[actix_web::test]
async fn a_case_tells_a_system_no_more_of_a_persons_name_than_their_record_does_and_staff_for_whom_they_decide() {
    let world = World::new().await;
    let (citizen, company) = (world.citizen().await, world.stranger().await);
    let card = json!({ "name": "Synthetic Company", "details": { "kind": "enterprise" } });
    world.post(&company, "/api/v1/customers", &card).await.expect(201);
    let officer = world.staff("officer", Some(FOOD)).await;
    let filing = [Permission::CaseCreate, Permission::CaseRead];
    let reading = [Permission::CaseCreate, Permission::CaseRead, Permission::CustomerRead];
    let systems = [world.system(SUPERVISION, &filing).await, world.system(SUPERVISION, &reading).await];
    for (who, masked, full) in [(&citizen, "样**", "样例甲"), (&company, "Synthetic Company", "Synthetic Company")]
    {
        let mut body = forms::licence(forms::WHOLE);
        body["customer"] = world.get(who, "/api/v1/customers/me").await.expect(200).json["id"].clone();
        for filer in &systems {
            let id = world.file(filer, &body).await.expect(201).text("/id");
            let seen = look(&world, filer, &id).await;
            assert_eq!((seen.text("/applicant/name"), &seen.json["customer"]), (masked.into(), &body["customer"]));
            assert_eq!(look(&world, who, &id).await.text("/applicant/name"), full);
            assert_eq!(look(&world, &officer, &id).await.text("/applicant/name"), full);
        }
    }
    world.deliver().await;
}

#[actix_web::test]
async fn whoever_drafts_for_somebody_is_told_no_more_of_their_name_than_the_record_tells() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let mut body = forms::licence(forms::WHOLE);
    body["intent"] = json!("draft");
    let own = world.file(&citizen, &body).await.expect(201).text("/id");
    assert_eq!(look(&world, &citizen, &own).await.text("/applicant/name"), "样例甲");
    body["customer"] = world.get(&citizen, "/api/v1/customers/me").await.expect(200).json["id"].clone();
    let rights = [Permission::CaseCreate, Permission::CaseRead];
    let others = [world.staff("hotline_agent", None).await, world.system(SUPERVISION, &rights).await];
    for author in others.iter().chain([&officer]) {
        let id = world.file(author, &body).await.expect(201).text("/id");
        let draft = look(&world, author, &id).await;
        assert_eq!(draft.text("/applicant/name"), "样**", "{}", author.login);
        assert_eq!(draft.text("/form/premisesAddress"), "Synthetic Street 1", "what they wrote themselves");
        assert!(!draft.json.to_string().contains("样例甲"), "{}", draft.json);
        let ask = world.ask(Some(author), "POST", &format!("/api/v1/cases/{id}/submission")).if_match("*");
        ask.header("x-reason", "came to the counter").body(&json!({})).send().await.expect(200);
        let decides = std::ptr::eq(author, &officer);
        let name = look(&world, author, &id).await.text("/applicant/name");
        assert_eq!(name, if decides { "样例甲" } else { "样**" }, "{}", author.login);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn what_is_among_staff_is_told_to_no_system_and_what_names_somebody_to_no_masked_reader() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let rights = [Permission::CaseRead, Permission::CaseList];
    let (system, hotline) = (world.system(SUPERVISION, &rights).await, world.staff("hotline_agent", None).await);
    let id = world.file(&citizen, &forms::licence(forms::WHOLE)).await.expect(201).text("/id");
    world.act(&officer, &id, "claim", &json!({})).await.expect(200);
    note(&world, &officer, &id, "internal", "Known from last year.", "internal-note-0003").await.expect(201);
    world.act(&officer, &id, "acceptance", &json!({})).await.expect(200);
    let assignee = look(&world, &officer, &id).await.text("/assignee");

    let timeline = async |who: &Who| {
        let ask = world.ask(Some(who), "GET", &format!("/api/v1/cases/{id}/timeline"));
        let rows = ask.header("x-reason", "the caller asks").send().await.expect(200).json;
        let items = rows["items"].as_array().unwrap().iter();
        let told: Vec<_> = items.map(|r| format!("{} {}", r["event"], r["by"]).replace('"', "")).collect();
        (told, rows.to_string().contains("acct_"))
    };
    for outsider in [&system, &hotline] {
        let (told, names) = timeline(outsider).await;
        assert_eq!(told, ["case.submitted person", "case.accepted person"], "{}", outsider.login);
        assert!(!names, "{}", outsider.login);
    }
    let (told, names) = timeline(&officer).await;
    let expected = ["case.submitted", "case.assigned", "case.internal_note_added", "case.accepted"];
    assert_eq!(told, expected.map(|event| format!("{event} person")));
    assert!(names);

    let list = |query: &str| format!("/api/v1/cases?{query}");
    assert!(!look(&world, &system, &id).await.json.to_string().contains("acct_"));
    let listed = world.get(&system, &list("stage=in_progress")).await.expect(200);
    assert_eq!((listed.text("/items/0/id"), &listed.json["items"][0]["assignee"]), (id.clone(), &Value::Null));
    for (query, pointer) in [(format!("assignee={assignee}"), "assignee"), ("unassigned=true".into(), "unassigned")] {
        let refused = world.get(&system, &list(&query)).await.expect(400);
        let told = (refused.text("/errors/0/pointer"), refused.text("/errors/0/code"));
        assert_eq!(told, (pointer.into(), "staff_only".into()));
        world.get(&officer, &list(&query)).await.expect(200);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn audit_reads_internal_notes_and_writes_none() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let (auditor, hotline) = (world.staff("auditor", None).await, world.staff("hotline_agent", None).await);
    let id = world.file(&citizen, &forms::licence(forms::WHOLE)).await.expect(201).text("/id");
    note(&world, &officer, &id, "internal", "Known from last year.", "internal-note-0001").await.expect(201);
    for (who, reads) in [(&officer, true), (&auditor, true), (&citizen, false), (&hotline, false)] {
        let case = look(&world, who, &id).await;
        assert_eq!(texts(&case).contains(&("note", "Known from last year.")), reads);
    }
    let unread = world.get(&auditor, &format!("/api/v1/cases/{id}")).await.expect(400);
    assert_eq!(unread.code(), "reason_required");
    note(&world, &auditor, &id, "internal", "Seen.", "internal-note-0002").await.expect(403);
    world.deliver().await;
}

#[actix_web::test]
async fn the_hotline_reads_what_the_agency_told_and_what_it_wrote_itself() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let hotline = world.staff("hotline_agent", None).await;
    let id = world.file(&citizen, &forms::licence(forms::INCOMPLETE)).await.expect(201).text("/id");
    note(&world, &citizen, &id, "participants", "My mother is ill.", "citizens-note-0001").await.expect(201);
    world.act(&officer, &id, "correction", &json!({ "notice": "The layout is missing." })).await.expect(200);
    assert_eq!(texts(&look(&world, &hotline, &id).await), [("notice", "The layout is missing.")]);
    let called = |key| note(&world, &hotline, &id, "participants", "Called: asks how it stands.", key);
    let first = called("hotlines-note-0001").await.expect(201);
    let again = called("hotlines-note-0001").await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &first.json));
    let expected = [("notice", "The layout is missing."), ("note", "Called: asks how it stands.")];
    let case = look(&world, &hotline, &id).await;
    assert_eq!(texts(&case).into_iter().collect::<std::collections::BTreeSet<_>>(), expected.into_iter().collect());
    assert_eq!(texts(&look(&world, &officer, &id).await).len(), 3);
    world.deliver().await;
}

#[actix_web::test]
async fn notes_without_end_hide_no_reasons_and_a_repeated_note_finds_its_own() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = world.file(&citizen, &forms::licence(forms::WHOLE)).await.expect(201).text("/id");
    let first = note(&world, &officer, &id, "participants", "The first.", "officers-note-0001").await.expect(201);
    let row =
        |at: &str| format!("('{}', '{id}', 'note', 'participants', 'acct', NULL, 'digest', '{at}')", TextId::new());
    let many: Vec<_> = (0..500).map(|_| row("2026-02-05T02:00:00.000000Z")).collect();
    world.db.execute(&format!("INSERT INTO case_texts VALUES {}", many.join(", ")));
    world.set("2026-02-05T01:45:00Z");
    let refusal = json!({ "kind": "not_needed", "reasons": "No licence is needed." });
    world.act(&officer, &id, "rejection", &refusal).await.expect(200);
    let case = look(&world, &citizen, &id).await;
    let told = texts(&case);
    assert_eq!(told.iter().filter(|(kind, _)| *kind == "note").count(), 500);
    assert_eq!(told[0], ("reasons", "No licence is needed."), "older than all notes that are shown");
    assert!(!told.contains(&("note", "The first.")));
    let again = note(&world, &officer, &id, "participants", "The first.", "officers-note-0001").await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.json), (Some("true"), &first.json));
    world.deliver().await;
}
