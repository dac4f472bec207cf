//! What a definition must keep before it is published, and how a breach is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::localized::Lang;

/// A rule of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The promise is in another unit than the statutory limit.
    PromiseUnit,
    /// The promise is longer than the statutory limit.
    PromiseExceedsStatutory,
    /// An item decided on the spot 即办件 promises more than 1 working day, or nothing.
    OnTheSpotPromise,
    /// The extension is in another unit than the limit it extends, or extends nothing.
    ExtensionUnit,
    /// The main clocks begin after the receipt, and no intake term runs until then.
    IntakeTerm,
    /// Deemed acceptance without an intake term.
    DeemedAcceptanceTerm,
    /// No correction term: a case that waits for its applicant would wait without end.
    CorrectionTerm,
    /// A delivery term although nothing is decided.
    DeliveryWithoutDecision,
    /// A material that means anything: "other materials" 其他材料 (Shanghai and Beijing regulations 2024).
    CatchAllMaterial,
    /// A material that the agency can obtain itself is asked of the applicant (State Council Order 716 art. 7).
    SharedMaterial,
    /// A code that names nothing.
    UnresolvedReference,
    /// A name lacks a language of the jurisdiction.
    MissingLanguage,
    /// A code is used twice.
    DuplicateCode,
    /// A refusal that needs no reasons.
    RefusalReasons,
    /// A refusal that names no way of appeal.
    RefusalAppealRoute,
    /// An item that needs an outcome has none.
    NoOutcome,
    /// An item is for nobody.
    NoAudience,
    /// A fee in a currency that is not the jurisdiction's.
    FeeCurrency,
    /// `unverified` names a field that the definition does not have.
    UnknownUnverifiedField,
    /// The parents of a department run in a circle.
    DepartmentCircle,
    /// The form is not a JSON Schema 2020-12 of type object.
    FormSchema,
    /// An object of the form takes properties that it does not name.
    FormOpenObject,
    /// A text or list of the form has no upper bound.
    FormUnbounded,
    /// A property of the form has no type.
    FormUntyped,
    /// The form refers outside itself.
    FormReference,
}

impl Rule {
    /// What to do about it, in the language of the reader.
    #[must_use]
    pub const fn sentence(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.english(),
            Lang::ZhCn => self.chinese(),
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::PromiseUnit => "give the promise in the unit of the statutory limit",
            Self::PromiseExceedsStatutory => "promise at most the statutory limit",
            Self::OnTheSpotPromise => "an item decided on the spot promises 0 or 1 working day",
            Self::ExtensionUnit => "give the extension in the unit of the limit it extends",
            Self::IntakeTerm => "give an intake term: without it nothing runs until the main clocks begin",
            Self::DeemedAcceptanceTerm => "deemed acceptance needs an intake term",
            Self::CorrectionTerm => "give a correction term: without it a case waits for its applicant without end",
            Self::DeliveryWithoutDecision => "only a decision is delivered: leave the term out",
            Self::CatchAllMaterial => "name the material; \"other materials\" may not be asked for",
            Self::SharedMaterial => "a material obtained by data sharing may not be required",
            Self::UnresolvedReference => "nothing has this code: correct it or add what it names",
            Self::MissingLanguage => "give the text in every language of the jurisdiction",
            Self::DuplicateCode => "give each its own code",
            Self::RefusalReasons => "an unfavourable outcome needs reasons",
            Self::RefusalAppealRoute => "an unfavourable decision needs a way of appeal",
            Self::NoOutcome => "name at least one outcome",
            Self::NoAudience => "say whom the item is for",
            Self::FeeCurrency => "give the fee in the currency of the jurisdiction",
            Self::UnknownUnverifiedField => "name a field of this definition",
            Self::DepartmentCircle => "a department may not be below itself",
            Self::FormSchema => "the form must be a JSON Schema 2020-12 of type object",
            Self::FormOpenObject => "set additionalProperties to false",
            Self::FormUnbounded => "set an upper bound (maxLength, maxItems, enum)",
            Self::FormUntyped => "give the property a type",
            Self::FormReference => "refer only to definitions inside the form (#/$defs/...)",
        }
    }

    const fn chinese(self) -> &'static str {
        match self {
            Self::PromiseUnit => "承诺时限的单位应与法定时限一致",
            Self::PromiseExceedsStatutory => "承诺时限不得超过法定时限",
            Self::OnTheSpotPromise => "即办件的承诺时限应为0或1个工作日",
            Self::ExtensionUnit => "延期的单位应与所延长的时限一致",
            Self::IntakeTerm => "请规定收件审查时限，否则主要时限起算前没有任何时限",
            Self::DeemedAcceptanceTerm => "视为受理须有收件审查时限",
            Self::CorrectionTerm => "请规定补正期限，否则待补正的办件没有期限",
            Self::DeliveryWithoutDecision => "只有决定才需送达，请删去送达期限",
            Self::CatchAllMaterial => "请写明材料名称，不得要求“其他材料”",
            Self::SharedMaterial => "能够通过数据共享取得的材料不得要求申请人提供",
            Self::UnresolvedReference => "没有与该代码对应的对象，请更正或补充",
            Self::MissingLanguage => "请以本辖区的每一种语言提供文字",
            Self::DuplicateCode => "代码不得重复",
            Self::RefusalReasons => "不利结果须说明理由",
            Self::RefusalAppealRoute => "不利决定须告知救济途径",
            Self::NoOutcome => "至少应有一种办理结果",
            Self::NoAudience => "请写明服务对象",
            Self::FeeCurrency => "收费应使用本辖区的货币",
            Self::UnknownUnverifiedField => "请填写本定义中存在的字段",
            Self::DepartmentCircle => "部门不得隶属于自身",
            Self::FormSchema => "表单应为 type 为 object 的 JSON Schema 2020-12",
            Self::FormOpenObject => "请将 additionalProperties 设为 false",
            Self::FormUnbounded => "请设定上限（maxLength、maxItems、enum）",
            Self::FormUntyped => "请为该属性设定类型",
            Self::FormReference => "只能引用表单内部的定义（#/$defs/...）",
        }
    }
}

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule.
    pub rule: Rule,
    /// What is wrong: `us-la/item/Bulky Items`, `cn/department/x`, `cn/jurisdiction`.
    pub subject: String,
    /// JSON Pointer to the field within the subject.
    pub pointer: String,
    /// What was found there: names and values, no sentence.
    pub found: String,
}

impl Problem {
    /// A sentence for a reader: what to do, and what was found.
    #[must_use]
    pub fn detail(&self, lang: Lang) -> String {
        let sentence = self.rule.sentence(lang);
        let colon = match lang {
            Lang::En => ": ",
            Lang::ZhCn => "：",
        };
        format!("{sentence}{colon}{}", self.found)
    }
}

/// Collects the problems of one subject.
pub(super) struct Findings {
    subject: String,
    problems: Vec<Problem>,
}

impl Findings {
    pub(super) fn of(subject: String) -> Self {
        Self { subject, problems: Vec::new() }
    }

    pub(super) fn add(&mut self, rule: Rule, pointer: impl Into<String>, found: impl Into<String>) {
        self.problems.push(Problem {
            rule,
            subject: self.subject.clone(),
            pointer: pointer.into(),
            found: found.into(),
        });
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}
