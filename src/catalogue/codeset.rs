//! National code sets of the service catalogue: GB/T 39046—2020 Annex A 附录A.
//!
//! JSON and TOML carry readable names; [`code`](TaskType::code) is the standard's own code for exchange with other
//! systems. Local lists differ, so an item names the code system its codes come from ([`CodeSystem`]).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! codeset {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $chinese:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The standard's code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The standard's Chinese name.
            #[must_use]
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese,)+ }
            }

            /// The value of a code of the standard.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    };
}

codeset! {
    /// Kind of power or service 事项类型 (`task_type`).
    TaskType {
        /// An administrative power not told apart further.
        AdministrativePower = "00", "行政权力";
        /// Licensing.
        Licensing = "01", "许可";
        /// Penalty.
        Penalty = "02", "处罚";
        /// Coercive measure.
        Coercion = "03", "强制";
        /// Levy.
        Levy = "04", "征收";
        /// Payment to the applicant.
        Payment = "05", "给付";
        /// Inspection.
        Inspection = "06", "检查";
        /// Confirmation of a right or a fact; registration.
        Confirmation = "07", "确认";
        /// Award.
        Award = "08", "奖励";
        /// Ruling between parties.
        Ruling = "09", "裁决";
        /// Another administrative power.
        OtherPower = "10", "其他";
        /// A public service.
        PublicService = "20", "公共服务";
    }
}

codeset! {
    /// Level at which the power is used 行使层级 (`use_level`).
    UseLevel {
        /// The state.
        National = "1", "国家";
        /// Province.
        Province = "2", "省";
        /// City.
        City = "3", "市";
        /// County or district.
        County = "4", "县";
        /// Township or subdistrict.
        Township = "5", "镇街";
        /// Village or community.
        Village = "6", "村社区";
        /// Several levels, each for its share.
        Graded = "7", "分级管理";
    }
}

codeset! {
    /// Nature of the implementing body 实施主体性质 (`dept_type`).
    BodyNature {
        /// A statutory organ.
        Statutory = "1", "法定机关";
        /// An organisation empowered by law.
        Empowered = "2", "授权组织";
        /// An organisation the power is entrusted to.
        Entrusted = "3", "受委托组织";
        /// Another body.
        OtherBody = "9", "其他";
    }
}

codeset! {
    /// Whom the item serves 服务对象 (`server_type`).
    ServiceObject {
        /// A natural person.
        NaturalPerson = "1", "自然人";
        /// An enterprise as a legal person.
        Enterprise = "2", "企业法人";
        /// A public institution as a legal person.
        PublicInstitution = "3", "事业法人";
        /// A social organisation as a legal person.
        SocialOrganisation = "4", "社会组织法人";
        /// An administrative organ.
        AdministrativeOrgan = "5", "行政机关";
        /// Another organisation.
        OtherOrganisation = "6", "其他组织";
    }
}

codeset! {
    /// Form of handling 办理形式 (`handle_type`).
    HandlingForm {
        /// At the window.
        Window = "1", "窗口";
        /// On a computer.
        Computer = "2", "电脑端";
        /// On a mobile device.
        Mobile = "3", "移动端";
        /// By courier.
        Courier = "4", "快递";
        /// Another form.
        OtherForm = "9", "其他";
    }
}

codeset! {
    /// Kind of handling 办件类型 (`project_type`).
    HandlingKind {
        /// Decided on the spot: the promise is 0 or 1 working day.
        OnTheSpot = "1", "即办件";
        /// Decided within a promised time.
        Promised = "2", "承诺件";
        /// Neither.
        OtherHandling = "9", "其他";
    }
}

codeset! {
    /// Special procedure an item may need 特别程序 (`special_procedure`).
    SpecialProcedure {
        /// An extended examination.
        ExtendedExamination = "1", "延长审批";
        /// Another special procedure.
        OtherProcedure = "2", "其他";
    }
}

/// Where the codes of an item come from. A code system is data with a version: an item keeps the one it was written
/// under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum CodeSystem {
    /// GB/T 39046—2020 Annex A.
    #[serde(rename = "GB/T 39046-2020")]
    GbT39046V2020,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_those_of_annex_a() {
        let codes: Vec<&str> = TaskType::ALL.iter().map(|value| value.code()).collect();
        assert_eq!(codes, ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"]);
        assert_eq!(TaskType::from_code("07").map(TaskType::chinese), Some("确认"));
        assert_eq!(UseLevel::from_code("4"), Some(UseLevel::County));
        assert_eq!(BodyNature::from_code("9"), Some(BodyNature::OtherBody));
        assert_eq!(ServiceObject::from_code("5").map(ServiceObject::chinese), Some("行政机关"));
        assert_eq!(HandlingForm::from_code("4").map(HandlingForm::chinese), Some("快递"));
        assert_eq!(HandlingKind::from_code("1").map(HandlingKind::chinese), Some("即办件"));
        assert_eq!(HandlingKind::from_code("3"), None);
        assert_eq!(SpecialProcedure::from_code("2"), Some(SpecialProcedure::OtherProcedure));
    }

    #[test]
    fn no_code_stands_for_two_values() {
        let codes: BTreeSet<&str> = TaskType::ALL.iter().map(|value| value.code()).collect();
        assert_eq!(codes.len(), TaskType::ALL.len());
    }

    #[test]
    fn json_carries_readable_names() {
        assert_eq!(serde_json::to_value(HandlingKind::OnTheSpot).unwrap(), "on_the_spot");
        assert_eq!(serde_json::to_value(CodeSystem::GbT39046V2020).unwrap(), "GB/T 39046-2020");
    }
}
