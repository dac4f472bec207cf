//! The parts a service item is made of: limits, outcomes, materials, fees, legal basis, national fields.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::behaviour::OutcomeEffect;
use super::codes::{Currency, FeeCode, ItemCode, Line, MaterialCode, OutcomeCode};
use super::codeset::{
    BodyNature, CodeSystem, HandlingForm, HandlingKind, ServiceObject, SpecialProcedure, TaskType, UseLevel,
};
use crate::calendar::Term;
use crate::localized::LocalizedText;

/// A limit within which a case must end 办结时限: the term and what to know about it 时限说明.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    /// The term, with its unit.
    pub term: Term,
    /// What to know about it: the article, what does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<LocalizedText>,
}

/// One way a case of the item can end 办理结果.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outcome {
    /// Code, unique in the item.
    pub code: OutcomeCode,
    /// Name for the applicant.
    pub names: LocalizedText,
    /// What it means for the applicant.
    pub effect: OutcomeEffect,
    /// Whether reasons must be given 说明理由.
    #[serde(default)]
    pub needs_reasons: bool,
    /// Whether the way of appeal must be named 告知救济途径: reconsideration 复议, litigation 诉讼, review 复查.
    #[serde(default)]
    pub needs_appeal_route: bool,
}

/// Where a material comes from 来源渠道 (`source_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaterialSource {
    /// Written by the applicant.
    Applicant,
    /// Issued by another agency, and not yet to be had by data sharing.
    Agency,
    /// Issued by a third party: a hospital, a bank, a landlord.
    ThirdParty,
    /// Obtained by the agency itself by data sharing 数据共享: never asked of the applicant (State Council Order 716
    /// art. 7).
    DataSharing,
}

/// A material that goes with an application 申请材料.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Material {
    /// Code, unique in the item.
    pub code: MaterialCode,
    /// Name.
    pub names: LocalizedText,
    /// Whether the applicant must supply it 必要性 (`is_need`).
    pub required: bool,
    /// Copies on paper 份数 (`page_num`); 0 where none is wanted on paper.
    #[schema(maximum = 20)]
    pub copies: u8,
    /// Where it comes from.
    pub source: MaterialSource,
    /// When it is accepted 受理标准, or in which case it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<LocalizedText>,
}

/// An amount of money: minor units (fen, cents) of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Money {
    /// Minor units, never negative.
    #[schema(maximum = 1_000_000_000_000u64)]
    pub amount_minor: u64,
    /// ISO 4217.
    pub currency: Currency,
}

/// A fee 收费项目.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fee {
    /// Code, unique in the item.
    pub code: FeeCode,
    /// Name.
    pub names: LocalizedText,
    /// How much.
    pub amount: Money,
    /// The document that allows it 收费依据 (`fee_basis`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<LocalizedText>,
}

/// A clause the item rests on 设定依据 (`by_law`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalBasis {
    /// Name of the law or document 名称.
    pub title: LocalizedText,
    /// Its number 文号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Line>,
    /// The article 条款.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<Line>,
    /// What it says 内容, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<LocalizedText>,
}

/// The fields of an implementation-list item 实施清单 that only national exchange needs, GB/T 39046—2020 table 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NationalFields {
    /// Where the codes come from.
    pub code_system: CodeSystem,
    /// Basic code 基本编码 (`catalog_code`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic_code: Option<ItemCode>,
    /// Implementation code 实施编码 (`task_code`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation_code: Option<ItemCode>,
    /// Code of the smallest handling item 业务办理项编码 (`task_handle_item`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling_item_code: Option<ItemCode>,
    /// 事项类型.
    pub task_type: TaskType,
    /// 行使层级.
    pub use_level: UseLevel,
    /// 实施主体性质.
    pub body_nature: BodyNature,
    /// 服务对象.
    pub service_objects: BTreeSet<ServiceObject>,
    /// 办理形式.
    pub handling_forms: BTreeSet<HandlingForm>,
    /// 办件类型.
    pub handling_kind: HandlingKind,
    /// 特别程序 the item may need.
    #[serde(default)]
    pub special_procedures: BTreeSet<SpecialProcedure>,
    /// How often the applicant has to come 到办事现场次数 (`limit_scene_num`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 20)]
    pub visits: Option<u8>,
}
