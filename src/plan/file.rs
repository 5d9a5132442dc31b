//! The plan file: canonical JSON, reviewed, applied as it stands.
//!
//! It holds values and settings, never provider tokens. The digest names what the plan
//! does: the same changes have the same digest whenever they are planned, so that an
//! acknowledgement holds until the changes do not. The checksum covers the whole file, so
//! that an edited or damaged one is refused. The undo of a plan is the plan read
//! backwards: every change holds what was there before.

use super::caches::CacheView;
use super::guards::Guard;
use super::names::OwnerNames;
use super::step::{Purpose, Start, Step};
use super::target::TargetPlan;
use crate::config::{View, ZoneId};
use crate::state::TargetId;
use dnsure_providers::guarantee::WriteUnit;
use dnsure_providers::{Change, SetChange};
use dnsure_zones::{Name, RecordSet, Ttl};
use jiff::Timestamp;
use std::fmt;

/// The version of the file's form. A reader accepts the same first number.
pub const FORMAT_VERSION: &str = "1.0";

/// The SHA-256 digest of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut own = [0; 32];
        own.copy_from_slice(digest.as_ref());
        Self(own)
    }

    /// All 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `quoted` names this digest: at least 16 of its leading digits.
    #[must_use]
    pub fn is_quoted_by(self, quoted: &str) -> bool {
        quoted.len() >= 16 && self.to_hex().starts_with(&quoted.to_ascii_lowercase())
    }
}

/// The first 16 digits, as people quote it.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex()[..16])
    }
}

/// A plan: ordered steps per target, and what they were made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being applicable.
    pub expires_at: Timestamp,
    /// The git commit of the zone files, where there is one.
    pub commit: Option<String>,
    /// One entry per zone and provider, in the order they are applied.
    pub targets: Vec<TargetPlan>,
}

/// Why a plan file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It is no plan file.
    #[error("{file} is not a plan file ({error}); make one with `dnsure plan --out {file}`")]
    Unreadable {
        /// The file.
        file: String,
        /// What the JSON reader says.
        error: String,
    },
    /// It was written by a program that writes another form.
    #[error("{file} has format version {found}; this dnsure reads 1.x: plan again with this version")]
    Version {
        /// The file.
        file: String,
        /// The version in it.
        found: String,
    },
    /// The checksum does not match the contents.
    #[error(
        "{file} was edited or damaged: its checksum says {stated}, its contents give {actual}; plan again"
    )]
    Checksum {
        /// The file.
        file: String,
        /// What the file says.
        stated: String,
        /// What the contents give.
        actual: String,
    },
}

/// How a plan stands in its file.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanForm {
    format_version: String,
    digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
    created_by: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(default)]
    commit: Option<String>,
    targets: Vec<TargetForm>,
}

/// How one target stands in plan files and journals.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetForm {
    zone: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    view: Option<View>,
    provider: String,
    #[serde(default, skip_serializing_if = "is_usual")]
    names: OwnerNames,
    guarantee: String,
    #[serde(default)]
    unit: WriteUnit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    staged_under: Option<Ttl>,
    creates_zone: bool,
    steps: Vec<StepForm>,
    guards: Vec<Guard>,
    unmanaged: Vec<RecordSet>,
    ignored: usize,
    notices: Vec<String>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct StepForm {
    #[serde(default, skip_serializing_if = "is_usual")]
    start: Start,
    #[serde(default, skip_serializing_if = "is_usual")]
    purpose: Purpose,
    changes: Vec<Vec<SetForm>>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SetForm {
    before: Option<RecordSet>,
    after: Option<RecordSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caches: Option<CacheForm>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(tag = "hold", content = "seconds", rename_all = "snake_case")]
enum CacheForm {
    Old(u32),
    Absent(u32),
    Wildcard(u32),
    Unknown,
}

impl From<CacheView> for CacheForm {
    fn from(view: CacheView) -> Self {
        match view {
            CacheView::Old(seconds) => Self::Old(seconds),
            CacheView::Absent(seconds) => Self::Absent(seconds),
            CacheView::Wildcard(seconds) => Self::Wildcard(seconds),
            CacheView::Unknown => Self::Unknown,
        }
    }
}

impl From<CacheForm> for CacheView {
    fn from(form: CacheForm) -> Self {
        match form {
            CacheForm::Old(seconds) => Self::Old(seconds),
            CacheForm::Absent(seconds) => Self::Absent(seconds),
            CacheForm::Wildcard(seconds) => Self::Wildcard(seconds),
            CacheForm::Unknown => Self::Unknown,
        }
    }
}

impl Plan {
    /// Whether no target has anything to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.iter().all(TargetPlan::is_empty)
    }

    /// Every guard of every target.
    pub fn guards(&self) -> impl Iterator<Item = (&TargetPlan, &Guard)> {
        self.targets.iter().flat_map(|target| target.guards.iter().map(move |guard| (target, guard)))
    }

    /// The digest of the plan.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&canonical(&self.targets.iter().map(TargetForm::from).collect::<Vec<_>>()))
    }

    /// The file's contents, digest included.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = canonical(&self.to_form());
        json.push(b'\n');
        json
    }

    /// Reads a plan file and checks its checksum.
    ///
    /// # Errors
    /// [`PlanFileError`].
    pub fn from_json(file: &str, json: &[u8]) -> Result<Self, PlanFileError> {
        let unreadable = |error: String| PlanFileError::Unreadable { file: file.into(), error };
        let value: serde_json::Value =
            serde_json::from_slice(json).map_err(|error| unreadable(error.to_string()))?;
        let version = value.get("format_version").and_then(serde_json::Value::as_str).unwrap_or("none");
        if !version.starts_with("1.") {
            return Err(PlanFileError::Version { file: file.into(), found: version.into() });
        }
        let mut form: PlanForm =
            serde_json::from_value(value).map_err(|error| unreadable(error.to_string()))?;
        let stated = form.checksum.take().unwrap_or_else(|| "none".into());
        let actual = Digest::of(&canonical(&form)).to_hex();
        if stated != actual {
            return Err(PlanFileError::Checksum { file: file.into(), stated, actual });
        }
        Self::from_form(form).ok_or_else(|| unreadable("a change mixes owner names or keys".into()))
    }

    /// What stands in the file, checksum included.
    #[must_use]
    pub fn to_form(&self) -> PlanForm {
        let mut form = PlanForm {
            format_version: FORMAT_VERSION.into(),
            digest: self.digest().to_hex(),
            checksum: None,
            created_by: concat!("dnsure ", env!("CARGO_PKG_VERSION")).into(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            commit: self.commit.clone(),
            targets: self.targets.iter().map(TargetForm::from).collect(),
        };
        form.checksum = Some(Digest::of(&canonical(&form)).to_hex());
        form
    }

    /// The plan that stands in a file, its checksum not looked at; `None` when a change mixes owner
    /// names or keys.
    #[must_use]
    pub fn from_form(form: PlanForm) -> Option<Self> {
        Some(Self {
            created_at: form.created_at,
            expires_at: form.expires_at,
            commit: form.commit,
            targets: form.targets.into_iter().map(TargetForm::into_plan).collect::<Option<_>>()?,
        })
    }
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn canonical(form: &impl serde::Serialize) -> Vec<u8> {
    // Plain data with string keys always serialises.
    serde_json::to_vec_pretty(form).unwrap_or_default()
}

impl From<&TargetPlan> for TargetForm {
    fn from(target: &TargetPlan) -> Self {
        let set_form = |set: &SetChange| SetForm {
            before: set.before().cloned(),
            after: set.after().cloned(),
            caches: target.caches.get(set.key()).copied().map(Into::into),
        };
        TargetForm {
            zone: target.zone.clone(),
            view: target.view.clone(),
            provider: target.provider.clone(),
            names: target.names.clone(),
            guarantee: target.guarantee.clone(),
            unit: target.unit,
            staged_under: target.staged_under,
            creates_zone: target.creates_zone,
            steps: target
                .steps
                .iter()
                .map(|step| StepForm {
                    start: step.start,
                    purpose: step.purpose,
                    changes: step
                        .changes
                        .iter()
                        .map(|change| change.sets().iter().map(set_form).collect())
                        .collect(),
                })
                .collect(),
            guards: target.guards.clone(),
            unmanaged: target.unmanaged.clone(),
            ignored: target.ignored,
            notices: target.notices.clone(),
        }
    }
}

impl TargetForm {
    /// The target in words.
    #[must_use]
    pub fn shown(&self) -> String {
        let zone = ZoneId { name: self.zone.clone(), view: self.view.clone() };
        TargetId::of(&zone, &self.provider).to_string()
    }

    /// The plan it stands for; `None` when a change mixes owner names or keys.
    #[must_use]
    pub fn into_plan(self) -> Option<TargetPlan> {
        let form = self;
        let mut caches = std::collections::BTreeMap::new();
        let mut steps = Vec::with_capacity(form.steps.len());
        for step in form.steps {
            let mut changes = Vec::with_capacity(step.changes.len());
            for sets in step.changes {
                let mut change = Vec::with_capacity(sets.len());
                for set in sets {
                    let view = set.caches.map(CacheView::from);
                    let set = set_change(set.before, set.after)?;
                    if let Some(view) = view {
                        caches.insert(set.key().clone(), view);
                    }
                    change.push(set);
                }
                changes.push(Change::new(change)?);
            }
            steps.push(Step { changes, start: step.start, purpose: step.purpose });
        }
        Some(TargetPlan {
            zone: form.zone,
            view: form.view,
            provider: form.provider,
            names: form.names,
            guarantee: form.guarantee,
            unit: form.unit,
            staged_under: form.staged_under,
            creates_zone: form.creates_zone,
            steps,
            caches,
            guards: form.guards,
            unmanaged: form.unmanaged,
            ignored: form.ignored,
            notices: form.notices,
        })
    }
}

/// Before and after may be equal: members whose TTLs differ are mended that way.
fn set_change(before: Option<RecordSet>, after: Option<RecordSet>) -> Option<SetChange> {
    match (before, after) {
        (Some(before), Some(after)) if before.key == after.key => Some(SetChange::Replace { before, after }),
        (Some(_), Some(_)) => None,
        (before, after) => SetChange::between(before, after),
    }
}
