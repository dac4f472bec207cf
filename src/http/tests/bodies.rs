use serde::Deserialize;
use utoipa::ToSchema;

use super::*;

fn post(body: impl Into<String>) -> TestRequest {
    by(TestRequest::post().uri("/api/v1/notes"), "own:case:note")
        .insert_header(("content-type", "application/json"))
        .set_payload(body.into())
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[actix_web::test]
async fn every_wrong_field_is_told_at_once_and_where_it_is() {
    let world = world();
    let service = world.service().await;
    let body = json!({ "text": "x".repeat(21), "urgency": 9, "caseId": "cust_1", "rôle": "admin", "writer": { "kind": "person" } });
    let got = send(&service, post(body.to_string())).await;
    assert_eq!((got.status, got.code()), (400, "invalid"));
    let expected = [
        ("/caseId", "pattern"),
        ("/rôle", "unknown_field"),
        ("/text", "too_long"),
        ("/urgency", "too_large"),
        ("/writer/fullName", "required"),
    ];
    assert_eq!(got.errors(), pairs(&expected));
    let extra = json!({ "text": "a", "writer": { "kind": "person", "fullName": "A", "age": 1 } });
    let refused = send(&service, post(extra.to_string())).await;
    assert_eq!((refused.status, refused.errors()), (400, pairs(&[("/writer", "unknown_field")])));
    let type_error = send(&service, post(r#"{"text":5,"writer":{"kind":"ghost"},"urgency":"1"}"#)).await;
    let found = type_error.errors();
    assert!(
        found.contains(&("/text".into(), "type".into())) && found.contains(&("/urgency".into(), "type".into())),
        "{found:?}"
    );
    assert!(found.contains(&("/writer/kind".into(), "not_an_option".into())), "{found:?}");
}

#[actix_web::test]
async fn wrong_fields_are_explained_in_the_callers_language() {
    let world = world();
    let service = world.service().await;
    let body = || post(json!({ "text": "x".repeat(21) }).to_string());
    let english = send(&service, body()).await;
    assert_eq!(english.body["errors"][0]["detail"], "Use at most 20 characters.");
    let chinese = send(&service, body().insert_header(("accept-language", "zh-CN,zh;q=0.9"))).await;
    assert_eq!(chinese.body["errors"][0]["detail"], "不得超过 20 个字符。");
    assert_eq!(chinese.body["title"], "部分字段有误");
    assert_eq!(chinese.header("content-language"), "zh-CN");
}

#[actix_web::test]
async fn control_characters_never_reach_a_database() {
    let world = world();
    let service = world.service().await;
    let got =
        send(&service, post("{\"text\":\"a\\u0000b\",\"writer\":{\"kind\":\"person\",\"fullName\":\"\\r\"}}")).await;
    assert_eq!(got.status, 400);
    let expected = [("/text", "control_character"), ("/writer/fullName", "control_character")];
    assert_eq!(got.errors(), pairs(&expected));
    assert_eq!(send(&service, post("{\"text\":\"a\\n\\tb\"}")).await.status, 201);
    let path = by(TestRequest::get().uri("/api/v1/notes/%00"), "all:case:read");
    assert_eq!(send(&service, path).await.status, 404);
}

#[actix_web::test]
async fn what_is_no_json_is_malformed_whoever_reads_it() {
    let world = world();
    let service = world.service().await;
    for body in ["", "{", "{\"text\":\"a\"} x", "{\"text\":1e999}", "\"\\ud800\"", "{'text':1}"] {
        let got = send(&service, post(body)).await;
        assert_eq!((got.status, got.code()), (400, "malformed_body"), "{body}");
        assert!(!got.text.contains("line 1") && !got.text.contains("expected"), "{}", got.text);
    }
    let twice = send(&service, post(r#"{"text":"a","text":"b"}"#)).await;
    assert_eq!(twice.errors(), pairs(&[("/text", "duplicate")]));
    let list = send(&service, post("[]")).await;
    assert_eq!(list.errors(), pairs(&[("", "type")]));
}

#[actix_web::test]
async fn only_plain_json_is_taken() {
    let world = world();
    let service = world.service().await;
    let body = note("a").to_string();
    let of = |kind: &str| {
        by(TestRequest::post().uri("/api/v1/notes"), "own:case:note")
            .insert_header(("content-type", kind))
            .set_payload(body.clone())
    };
    for kind in ["text/plain", "application/json; charset=latin1", "application/jsonx", "multipart/form-data"] {
        let got = send(&service, of(kind)).await;
        assert_eq!((got.status, got.code()), (415, "unsupported_media_type"), "{kind}");
    }
    let packed = of("application/json").insert_header(("content-encoding", "gzip"));
    assert_eq!(send(&service, packed).await.status, 415);
    assert_eq!(send(&service, of("Application/JSON;charset=UTF-8")).await.status, 201);
}

#[actix_web::test]
async fn a_large_body_is_413_announced_or_not() {
    let world = world_with(Limits { body_bytes: 1024, ..Limits::default() });
    let service = world.service().await;
    let large = post(note(&"x".repeat(2000)).to_string());
    let got = send(&service, large).await;
    assert_eq!((got.status, got.code()), (413, "too_large"));
    assert!(got.body["detail"].as_str().unwrap().contains("1 KiB"), "{}", got.text);
    let announced = post("{}").insert_header(("content-length", "5000"));
    assert_eq!(send(&service, announced).await.status, 413);
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Holder {
    #[schema(value_type = Vec<Vec<String>>)]
    ids: Vec<Vec<CaseId>>,
    #[schema(value_type = String)]
    at: crate::clock::Timestamp,
}

#[test]
fn what_only_our_own_types_refuse_is_told_where_it_is_in_their_words() {
    let good = CaseId::new();
    let text = format!(r#"{{"at": "2026-02-12T01:30:00Z", "ids": [["{good}"], ["{good}", "case_x"]]}}"#);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(super::super::schema::check::<Holder>(&value, Lang::En), Ok(()));
    let error = Holder::deserialize(&value).unwrap_err();
    let placed = serde_json::from_str::<Holder>(&text).err();
    let Failure::Invalid(errors) = super::super::schema::unread(text.as_bytes(), &error, placed) else { panic!() };
    assert_eq!(errors[0].pointer, "/ids/1/1");
    assert_eq!(errors[0].detail, "an id such as case_… (prefix, underscore, 26 characters) is needed");
}

#[actix_web::test]
async fn of_very_many_errors_a_hundred_are_told_and_of_a_long_name_the_beginning() {
    let world = world();
    let service = world.service().await;
    let mut body = note("a");
    body["n".repeat(5000)] = json!(1);
    for n in 0..300 {
        body[format!("x{n}")] = json!(n);
    }
    let got = send(&service, post(body.to_string())).await;
    let errors = got.errors();
    assert_eq!((got.status, errors.len()), (400, 100));
    let longest = errors.iter().map(|(pointer, _)| pointer.len()).max();
    // As many characters as the schema of a problem allows.
    assert_eq!(longest, Some(2000));
}

#[test]
fn no_more_errors_are_made_than_are_told() {
    let names = (0..50_000).map(|n| (format!("x{n}"), json!(n)));
    let value = Value::Object(names.chain([("at".to_owned(), json!("2026-02-12T01:30:00Z"))]).collect());
    let Err(Failure::Invalid(errors)) = super::super::schema::check::<Holder>(&value, Lang::En) else { panic!() };
    assert_eq!(errors.len(), 100);
}
