//! The companion's history: what the page asks of it.

use super::companion::{Companion, json};
use super::net::Method;
use crate::case::Case;
use crate::fingerprint::Sha256;
use crate::protocol::companion::{
    CaseList, DamagedCase, DeletedCase, ImportedCase, KeptImage, KeptImages, LIST_LIMIT, SavedCase,
};

const CASES: &str = "/api/cases";

/// Which cases are asked for. Empty, the newest of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// Words that all occur in a case.
    pub text: String,
    /// Whose.
    pub patient: Option<Sha256>,
    /// Of which image.
    pub image: Option<Sha256>,
    /// Only those kept before this number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl CaseQuery {
    fn path(&self) -> String {
        let text = (!self.text.trim().is_empty()).then(|| {
            let text: String = js_sys::encode_uri_component(self.text.trim()).into();
            format!("text={text}")
        });
        let patient = self.patient.map(|patient| format!("patient={patient}"));
        let image = self.image.map(|image| format!("image={image}"));
        let before = self.before.map(|before| format!("before={before}"));
        let limit = self.limit.map(|limit| format!("limit={limit}"));
        let query: Vec<String> = [text, patient, image, before, limit].into_iter().flatten().collect();
        format!("{CASES}?{}", query.join("&"))
    }
}

impl Companion {
    /// The newest cases that fit.
    pub async fn list_cases(self, wanted: &CaseQuery) -> Result<CaseList, String> {
        self.request(Method::Get, &wanted.path(), None).await
    }

    /// All cases that fit, newest first, and those that cannot be read. `progress` is told how many came, and of how many.
    pub async fn all_cases(
        self,
        mut wanted: CaseQuery,
        progress: impl Fn(usize, u64),
    ) -> Result<(Vec<SavedCase>, Vec<DamagedCase>), String> {
        wanted.limit = Some(LIST_LIMIT);
        let (mut cases, mut damaged) = (Vec::new(), Vec::new());
        loop {
            let list = self.list_cases(&wanted).await?;
            cases.extend(list.cases);
            damaged.extend(list.damaged);
            progress(cases.len(), list.total);
            wanted.before = list.next;
            if wanted.before.is_none() {
                return Ok((cases, damaged));
            }
        }
    }

    /// One case.
    pub async fn case(self, id: i64) -> Result<SavedCase, String> {
        self.request(Method::Get, &format!("{CASES}/{id}"), None).await
    }

    /// One case, for which nobody is asked to log in.
    pub async fn case_quietly(self, id: i64) -> Result<SavedCase, String> {
        self.request_quietly(&format!("{CASES}/{id}")).await
    }

    /// Keeps a case.
    pub async fn save_case(self, case: &Case) -> Result<SavedCase, String> {
        self.request(Method::Post, CASES, Some(json(case)?)).await
    }

    /// Takes in a case that was kept elsewhere.
    pub async fn import_case(self, case: &SavedCase) -> Result<ImportedCase, String> {
        self.request(Method::Post, &format!("{CASES}/import"), Some(json(case)?)).await
    }

    /// Deletes a case, for good.
    pub async fn delete_case(self, id: i64) -> Result<DeletedCase, String> {
        self.request(Method::Delete, &format!("{CASES}/{id}"), None).await
    }

    /// The fingerprints of the images that were kept.
    pub async fn kept_images(self) -> Result<Vec<KeptImage>, String> {
        let kept: KeptImages = self.request_quietly(&format!("{CASES}/images")).await?;
        Ok(kept.images)
    }
}
