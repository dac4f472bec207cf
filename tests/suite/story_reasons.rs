//! Whoever holds several roles gives a reason wherever only those that take one reach.

use serde_json::json;

use crate::world::{Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const INFORMATION: (&str, &str) = ("cn-110101", "government-office-information");

async fn case(world: &World) -> String {
    let citizen = world.citizen().await;
    world.post(&citizen, "/api/v1/cases", &forms::licence(forms::WHOLE)).await.expect(201).text("/id")
}

/// Status and code of a read, without a reason and with one.
async fn read(world: &World, who: &Who, path: &str) -> [(u16, String); 2] {
    let path = format!("/api/v1{path}");
    let without = world.get(who, &path).await;
    let with = world.ask(Some(who), "GET", &path).header("x-reason", "complaint 17").send().await;
    [without, with].map(|answer| (answer.status, answer.json["code"].as_str().unwrap_or_default().to_owned()))
}

#[actix_web::test]
async fn an_auditor_who_is_an_officer_elsewhere_reads_a_case_only_with_a_reason() {
    let world = World::new().await;
    let id = case(&world).await;
    let both = world.staff("officer", Some(INFORMATION)).await;
    world.also(&both, "auditor", None).await;
    let number = world.db.text("SELECT number AS value FROM cases");
    let looks = || world.db.texts("SELECT facts AS value FROM journal WHERE event = 'record.read'").len();
    let paths = [
        format!("/cases/{id}"),
        format!("/cases/{id}/timeline"),
        format!("/cases/by-number/{number}"),
        "/cases".to_owned(),
    ];
    for (path, number) in paths.iter().zip(1..) {
        let expected = [(400, "reason_required".to_owned()), (200, String::new())];
        assert_eq!(read(&world, &both, path).await, expected, "{path}");
        assert_eq!(looks(), number, "{path}");
    }
    world.deliver().await;
}

#[actix_web::test]
async fn in_the_own_department_an_auditor_who_is_an_officer_there_reads_without_a_reason() {
    let world = World::new().await;
    let id = case(&world).await;
    let both = world.staff("officer", Some(FOOD)).await;
    world.also(&both, "auditor", None).await;
    assert_eq!(world.get(&both, &format!("/api/v1/cases/{id}")).await.status, 200);
    assert_eq!(world.get(&both, "/api/v1/cases").await.code(), "reason_required", "a list shows the others, too");
    world.deliver().await;
}

#[actix_web::test]
async fn a_verb_takes_a_reason_where_only_a_role_that_takes_one_reaches_and_records_it() {
    let world = World::new().await;
    let id = case(&world).await;
    let agent = world.staff("officer", Some(INFORMATION)).await;
    world.also(&agent, "hotline_agent", None).await;
    let path = format!("/api/v1/cases/{id}/notes");
    let note = json!({ "audience": "participants", "text": "Called again." });
    assert_eq!(world.post(&agent, &path, &note).await.code(), "reason_required");
    let stated = || world.db.texts("SELECT facts AS value FROM journal WHERE event = 'reason.stated'");
    assert_eq!(stated(), Vec::<String>::new());
    world.ask(Some(&agent), "POST", &path).header("x-reason", "caller rang").body(&note).send().await.expect(201);
    assert!(stated().len() == 1 && stated()[0].contains("case:note"), "{:?}", stated());

    let officer = world.staff("officer", Some(FOOD)).await;
    world.also(&officer, "hotline_agent", None).await;
    world.post(&officer, &path, &note).await.expect(201);
    assert_eq!(stated().len(), 1, "the own department needs none");
    world.deliver().await;
}

#[actix_web::test]
async fn an_auditor_reads_the_words_of_a_reason_and_the_journal_holds_none() {
    let world = World::new().await;
    let id = case(&world).await;
    let auditor = world.staff("auditor", None).await;
    let words = "complaint 17: who handled it?";
    let look = |path: String| world.ask(Some(&auditor), "GET", &path).header("x-reason", words).send();
    look(format!("/api/v1/cases/{id}")).await.expect(200);
    world.deliver().await;
    let facts = world.db.text("SELECT facts AS value FROM journal WHERE event = 'record.read'");
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    let reason = facts["reason"]["text"].as_str().unwrap().to_owned();
    let read = look(format!("/api/v1/journal/reasons/{reason}")).await.expect(200);
    assert_eq!((&read.json["words"], &read.json["digest"]), (&json!(words), &facts["reason"]["digest"]));
    assert_eq!(read.json["author"].as_str().unwrap(), world.db.text("SELECT author AS value FROM reasons LIMIT 1"));
    assert!(world.db.texts("SELECT facts AS value FROM journal").iter().all(|facts| !facts.contains("who handled")));
    assert!(world.db.texts("SELECT body AS value FROM reasons").iter().all(|body| !body.contains("who handled")));

    let security = world.staff("security_administrator", None).await;
    let path = format!("/api/v1/journal/reasons/{reason}");
    assert_eq!(world.get(&security, &path).await.status, 403);
    look(format!("/api/v1/journal/reasons/{}", gcrm::ids::TextId::new())).await.expect(404);
    world.db.execute("UPDATE reasons SET body = NULL");
    assert_eq!(look(path).await.expect(200).json["words"], json!(null), "erased");
    world.deliver().await;
}
