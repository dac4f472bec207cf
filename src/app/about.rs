//! What the OpenAPI document says about the service as a whole.

use crate::http::{About, Contact};

/// What the OpenAPI document says about the service.
pub fn about() -> About {
    let tag = |name: &str, description: &str| (name.to_owned(), description.to_owned());
    About {
        title: "gcrm".to_owned(),
        description: "Government customer relationship backend: every request of citizens, enterprises, non-profits and \
                      agencies is a case; departments handle cases through one workflow with clocks that follow the law; \
                      every fact goes to a journal."
            .to_owned(),
        contact: Contact {
            name: "The operator of this installation".to_owned(),
            email: "operator@example.org".to_owned(),
            url: "https://example.org/gcrm".to_owned(),
        },
        tags: vec![
            tag("accounts", "Logins, sessions, tokens."),
            tag("staff", "Staff accounts and the roles they hold."),
            tag("clients", "Systems that call under their own identity, and their tokens."),
            tag("directory", "Jurisdictions and departments."),
            tag("catalogue", "Service items 政务服务事项 and their figures."),
            tag("customers", "Customers 服务对象, their identifiers and contact points."),
            tag("cases", "Cases 办件: from the draft to the evaluation."),
            tag("journal", "The journal 日志: feed, checkpoint, audit."),
            tag("deliveries", "Messages 投递 that went out, and those that could not."),
            tag("operation", "Health and figures of the service."),
            tag("documentation", "The documentation itself."),
        ],
    }
}
