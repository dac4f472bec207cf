use std::collections::{BTreeMap, BTreeSet};

use utoipa::OpenApi;

use super::*;
use crate::calendar::{Calendars, Term};
use crate::cases::number::CaseRegion;
use crate::catalogue::codeset::TaskType;
use crate::catalogue::lint::{Problem, lint};
use crate::catalogue::{
    AfterCorrection, Catalogue, ClockStart, CorrectionLapse, DecidedBy, Department, Finish, IntakeLapse, Jurisdiction,
    ServiceItem,
};
use crate::localized::Lang;

fn starter() -> Starter {
    Starter::embedded().unwrap()
}

fn catalogue(starter: &Starter, code: &str) -> Catalogue {
    starter.catalogue(&code.parse().unwrap()).unwrap().clone()
}

fn chinese(code: &str) -> ServiceItem {
    let catalogue = catalogue(&starter(), "cn-110101");
    catalogue.item(&code.parse().unwrap()).unwrap().clone()
}

fn working_days(days: u32) -> Term {
    Term::working_days(days).unwrap()
}

#[test]
fn both_starter_catalogues_are_clean() {
    let calendars = Calendars::embedded().unwrap();
    let problems: Vec<Problem> = lint(&starter(), |code| calendars.get(code.as_str()).is_some());
    let told: Vec<String> = problems
        .iter()
        .map(|problem| format!("{} {} {}", problem.subject, problem.pointer, problem.detail(Lang::En)))
        .collect();
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn every_file_of_the_catalogue_folder_is_embedded() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/catalogue");
    assert_eq!(Starter::load_dir(&root).unwrap(), starter());
    let mut on_disk = BTreeSet::new();
    for folder in std::fs::read_dir(&root).unwrap() {
        let folder = folder.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            on_disk.insert((folder.file_name().into_string().unwrap(), name));
        }
    }
    let embedded: BTreeSet<_> = folders()
        .into_iter()
        .flat_map(|folder| folder.files.into_keys().map(move |file| (folder.name.clone(), file)))
        .collect();
    assert_eq!(on_disk, embedded);
}

#[test]
fn every_number_region_can_stand_in_a_case_number() {
    for catalogue in starter().catalogues {
        let region = catalogue.jurisdiction.number_region;
        assert_eq!(CaseRegion::parse(region.as_str()).unwrap().as_str(), region.as_str());
    }
}

#[test]
fn a_definition_survives_json() {
    for catalogue in starter().catalogues {
        for item in catalogue.items {
            let json = serde_json::to_string(&item).unwrap();
            assert_eq!(serde_json::from_str::<ServiceItem>(&json).unwrap(), item);
        }
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(ServiceItem, Jurisdiction, Department)))]
struct Published;

/// What the published schema of a type says is wrong with a value.
fn against_the_published_schema(name: &str, value: &serde_json::Value) -> Vec<String> {
    let mut schema = serde_json::to_value(Published::openapi()).unwrap();
    schema["$ref"] = format!("#/components/schemas/{name}").into();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_published_schema_describes_every_starter_definition() {
    let none = Vec::<String>::new();
    for catalogue in starter().catalogues {
        let json = serde_json::to_value(&catalogue.jurisdiction).unwrap();
        assert_eq!(against_the_published_schema("Jurisdiction", &json), none);
        for department in &catalogue.departments {
            let json = serde_json::to_value(department).unwrap();
            assert_eq!(against_the_published_schema("Department", &json), none);
        }
        for item in &catalogue.items {
            let json = serde_json::to_value(item).unwrap();
            assert_eq!(against_the_published_schema("ServiceItem", &json), none);
        }
    }
}

#[test]
fn the_published_schema_refuses_what_the_parser_refuses() {
    let good = serde_json::to_value(chinese("petition")).unwrap();
    for (pointer, bad) in [
        ("/code", serde_json::json!("")),
        ("/version", serde_json::json!(0)),
        ("/names", serde_json::json!({})),
        ("/kind", serde_json::json!("wish")),
        ("/statutory/term", serde_json::json!({ "value": 20, "unit": "day" })),
        ("/jurisdiction", serde_json::json!("CN")),
    ] {
        let mut json = good.clone();
        *json.pointer_mut(pointer).unwrap() = bad;
        assert!(!against_the_published_schema("ServiceItem", &json).is_empty(), "{pointer}");
        assert!(serde_json::from_value::<ServiceItem>(json).is_err(), "{pointer}");
    }
}

#[test]
fn a_food_licence_is_deemed_accepted_after_five_working_days_of_silence() {
    let item = chinese("food-business-licence");
    assert_eq!(item.intake, Some(working_days(5)));
    assert_eq!(item.on_intake_lapse, IntakeLapse::DeemedAccepted);
    assert_eq!(item.on_correction_lapse, CorrectionLapse::DeemedWithdrawn);
    assert_eq!(item.clock_starts_from, ClockStart::Acceptance);
    assert_eq!(item.statutory.as_ref().map(|limit| limit.term), Some(working_days(20)));
    assert_eq!(item.promised.as_ref().map(|limit| limit.term), Some(working_days(10)));
    assert_eq!(item.extension, Some(working_days(10)));
    assert_eq!(item.delivery, Some(working_days(10)));
    assert_eq!(item.decided_by, DecidedBy::Supervisor);
    assert!(item.is_unverified("promised") && !item.is_unverified("statutory"));
}

#[test]
fn an_enterprise_is_registered_on_the_spot_or_within_three_working_days() {
    let item = chinese("enterprise-registration");
    assert!(item.is_on_the_spot());
    assert_eq!(item.statutory.as_ref().map(|limit| limit.term), Some(working_days(3)));
    assert_eq!(item.extension, Some(working_days(3)));
}

#[test]
fn a_driving_licence_is_replaced_on_the_day_it_is_asked_for() {
    let item = chinese("driving-licence-replacement");
    assert!(item.is_on_the_spot());
    assert_eq!(item.promised.as_ref().map(|limit| limit.term), Some(working_days(0)));
}

#[test]
fn every_licence_is_deemed_accepted_after_five_working_days_and_handed_over_within_ten() {
    let licensing = |item: &ServiceItem| item.national.as_ref().is_some_and(|n| n.task_type == TaskType::Licensing);
    let catalogue = catalogue(&starter(), "cn-110101");
    let licences: Vec<_> = catalogue.items.iter().filter(|item| licensing(item)).collect();
    assert_eq!(licences.len(), 2);
    for item in licences {
        assert_eq!((item.intake, item.on_intake_lapse), (Some(working_days(5)), IntakeLapse::DeemedAccepted));
        assert_eq!(item.delivery, Some(working_days(10)), "{}", item.code);
        assert!(!item.is_unverified("intake") && !item.is_unverified("delivery"), "{}", item.code);
    }
}

#[test]
fn an_information_request_counts_from_receipt_and_restarts_after_a_correction() {
    let item = chinese("information-request");
    assert_eq!(item.clock_starts_from, ClockStart::Receipt);
    assert_eq!(item.after_correction, AfterCorrection::Restart);
    assert_eq!(item.intake, Some(working_days(7)));
    assert_eq!(item.statutory.as_ref().map(|limit| limit.term), Some(working_days(20)));
    assert_eq!(item.extension, Some(working_days(20)));
    // Article 36 has seven answers.
    assert_eq!(item.outcomes.len(), 7);
}

#[test]
fn a_hotline_complaint_counts_from_dispatch_needs_no_name_and_ends_with_a_reply() {
    let item = chinese("hotline-complaint");
    assert_eq!(item.clock_starts_from, ClockStart::Dispatch);
    assert_eq!(item.statutory.as_ref().map(|limit| limit.term), Some(working_days(5)));
    assert_eq!(item.extension, Some(working_days(5)));
    assert!(item.anonymous_allowed);
    assert_eq!(item.finish, Finish::Reply);
}

#[test]
fn a_petition_counts_sixty_natural_days_from_acceptance() {
    let item = chinese("petition");
    assert_eq!(item.clock_starts_from, ClockStart::Acceptance);
    let days = |days| Some(Term::natural_days(days).unwrap());
    assert_eq!(item.statutory.as_ref().map(|limit| limit.term), days(60));
    assert_eq!(item.extension, days(30));
    assert_eq!(item.intake, days(15));
}

#[test]
fn los_angeles_has_twelve_bureaus_and_twelve_request_types() {
    let la = catalogue(&starter(), "us-la");
    let bureaus: BTreeSet<&str> = la.departments.iter().map(|bureau| bureau.code.as_str()).collect();
    let expected = ["BOE", "BOS", "BSL", "BSS", "ITA", "LAAS", "LADBS", "LADOT", "LADWP", "LASAN", "OCB", "RAP"];
    assert_eq!(bureaus, BTreeSet::from(expected));
    assert!(la.departments.iter().all(|bureau| bureau.parent.is_none()));
    assert_eq!(la.items.len(), 12);
    for item in &la.items {
        assert_eq!(item.finish, Finish::Closure, "{}", item.code);
        assert_eq!(item.clock_starts_from, ClockStart::Receipt);
        assert_eq!(item.statutory, None);
        assert!(item.anonymous_allowed && item.is_unverified("promised"));
    }
}

/// The demonstration rows; columns 2 and 10 are the request type and the owner.
fn demo_rows() -> Vec<(String, String)> {
    let packed = include_bytes!("../../../config/demo/requests.csv.gz");
    csv::Reader::from_reader(flate2::read::GzDecoder::new(packed.as_slice()))
        .records()
        .map(|row| {
            let row = row.unwrap();
            (row[1].to_owned(), row[9].to_owned())
        })
        .collect()
}

#[test]
fn every_demonstration_row_has_its_item_and_its_bureau() {
    let la = catalogue(&starter(), "us-la");
    let rows = demo_rows();
    assert_eq!(rows.len(), 10_000);
    for (request_type, owner) in &rows {
        assert!(la.item(&request_type.parse().unwrap()).is_some(), "{request_type}");
        assert!(la.department(&owner.parse().unwrap()).is_some(), "{owner}");
    }
}

#[test]
fn the_responsible_bureau_is_the_most_frequent_owner_of_the_rows() {
    let la = catalogue(&starter(), "us-la");
    let mut owners: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (request_type, owner) in demo_rows() {
        *owners.entry(request_type).or_default().entry(owner).or_default() += 1;
    }
    // Eleven of the twelve types occur; nobody sent "Feedback" on those three days.
    assert_eq!(owners.len(), 11);
    for (request_type, owners) in owners {
        let most = owners.iter().max_by_key(|(_, count)| **count).unwrap().0;
        let item = la.item(&request_type.parse().unwrap()).unwrap();
        assert_eq!(item.department.as_str(), most, "{request_type}");
    }
}

#[test]
fn the_agency_of_a_section_is_the_root_above_it() {
    let cn = catalogue(&starter(), "cn-110101");
    let agency = |code: &str| cn.agency_of(&code.parse().unwrap()).map(|found| found.code.as_str());
    assert_eq!(agency("market-supervision-food"), Some("market-supervision"));
    assert_eq!(agency("market-supervision"), Some("market-supervision"));
    assert_eq!(agency("nowhere"), None);
}
