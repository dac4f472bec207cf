//! The roles of the service against the authorisation matrix: scope, `masked` and `reason` of every row that exists today.

use gcrm::access::{Permission, Reach, Right, Roles};

/// The matrix's columns, left to right.
const ROLES: [&str; 9] = [
    "citizen",
    "officer",
    "supervisor",
    "hotline_agent",
    "agency_administrator",
    "client",
    "system_administrator",
    "security_administrator",
    "auditor",
];

/// A row: its name, its permissions, and a cell for each role. `O` own, `U` own unit, `G` own agency (a system's scopes end
/// there, too), `*` all, `m` masked, `r` with a reason, `-` denied.
type Row = (&'static str, &'static [Permission], [&'static str; 9]);

use Permission as P;

#[rustfmt::skip]
const MATRIX: &[Row] = &[
    //                                                              CIT  STF    SUP    HOT    AGA  INT   SYS  SEC  AUD
    ("Case · create/draft/submit", &[P::CaseCreate],                ["O", "U r", "-",   "* r", "-", "G",  "-", "-", "-"]),
    ("Case · read detail", &[P::CaseRead],                          ["O", "U",   "U",   "* mr","-", "G",  "-", "-", "* mr"]),
    ("Case · list/search/count", &[P::CaseList],                    ["O", "U",   "U",   "-",   "-", "G",  "-", "-", "* mr"]),
    ("Case · supplement/withdraw", &[P::CaseSupplement, P::CaseWithdraw],
                                                                    ["O", "-",   "-",   "-",   "-", "G",  "-", "-", "-"]),
    ("Case · accept", &[P::CaseAccept],                             ["-", "U",   "U",   "-",   "-", "G",  "-", "-", "-"]),
    ("Case · step decision", &[P::CaseDecide],                      ["-", "U",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Case · final approve/reject", &[P::CaseApprove],              ["-", "-",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Case · reassign/suspend clock", &[P::CaseAssign, P::CaseSuspend],
                                                                    ["-", "-",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    // The auditor reads internal notes with the case, by journal:read, and writes none.
    ("Internal note", &[P::CaseInternalNote],                       ["-", "U",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Hotline ticket · update", &[P::CaseNote],                     ["O", "U",   "U",   "* r", "-", "G",  "-", "-", "-"]),
    ("Person profile · read", &[P::CustomerRead],                   ["O", "* mr","* mr","* mr","-", "* m","-", "-", "* mr"]),
    ("Person profile · find", &[P::CustomerSearch],                 ["-", "* mr","* mr","* mr","-", "* m","-", "-", "-"]),
    ("Staff account · create/disable", &[P::StaffManage],           ["-", "-",   "-",   "-",   "G", "-",  "-", "*", "-"]),
    ("Role · grant to staff", &[P::RoleGrant],                      ["-", "-",   "-",   "-",   "-", "-",  "-", "*", "-"]),
    ("API client · register", &[P::ClientManage],                   ["-", "-",   "-",   "-",   "G", "-",  "-", "*", "-"]),
    ("Keys", &[P::KeyRotate],                                       ["-", "-",   "-",   "-",   "-", "-",  "-", "*", "-"]),
    ("Outbox replay", &[P::DeliveryReplay],                         ["-", "-",   "-",   "-",   "G", "-",  "*", "-", "-"]),
    ("Audit log · read", &[P::JournalRead],                         ["-", "-",   "-",   "-",   "-", "-",  "-", "-", "*"]),
];

fn cell(right: Option<&Right>) -> String {
    let Some(right) = right else { return "-".to_owned() };
    let reach = match right.reach {
        Reach::Own => "O",
        Reach::Unit => "U",
        Reach::Agency => "G",
        Reach::All => "*",
    };
    let modifiers = [(right.masked, "m"), (right.reason, "r")];
    let modifiers: String = modifiers.iter().filter(|(on, _)| *on).map(|(_, letter)| *letter).collect();
    if modifiers.is_empty() { reach.to_owned() } else { format!("{reach} {modifiers}") }
}

#[test]
fn every_role_has_what_its_cell_of_the_matrix_says() {
    let roles = Roles::embedded().unwrap();
    let mut wrong = Vec::new();
    for (name, permissions, cells) in MATRIX {
        for permission in *permissions {
            for (role, wanted) in ROLES.iter().zip(cells) {
                let found = cell(roles.get(role).unwrap().rights.get(permission));
                if found != *wanted {
                    wrong.push(format!("{name}: {permission} of {role} is {found}, the matrix says {wanted}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a search shows is read: nobody sees in it what the record hides, nor leaves out the reason there.
#[test]
fn whoever_reads_masked_or_with_a_reason_searches_so_too() {
    for (code, role) in Roles::embedded().unwrap().iter() {
        let rights = (role.rights.get(&P::CustomerRead), role.rights.get(&P::CustomerSearch));
        let (Some(read), Some(search)) = rights else { continue };
        assert_eq!((read.masked, read.reason), (search.masked, search.reason), "{code}");
    }
}
