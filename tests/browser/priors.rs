//! Earlier cases of the same patient are found in the history and compared.

use crate::page::TestFile;
use crate::visit::{CHEST, DESK, Visit};
use lantern::dataset::phantom;

const PATIENT: &str = "Patient (a number or code of your own; only its fingerprint is kept)";

#[tokio::test]
async fn an_earlier_case_of_the_same_patient_is_compared() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    let mut seen = Vec::new();
    for (seed, name, history) in [(7, "7.png", "holds no case"), (8, "8.png", "holds 1 case")] {
        visit.again("/?model=chest-pneumonia").await;
        let page = &visit.page;
        page.model_ready().await;
        page.drop_files(&[TestFile { name, bytes: phantom::chest(seed, 512) }]).await;
        page.all_done(1).await;
        page.overrule(0, CHEST).await;
        seen.push(page.marked("probability").await);
        let earlier = page.disclosure("Earlier images of this patient");
        earlier.open().await;
        page.textbox(PATIENT).fill("ward 3, bed 2").await;
        page.button("Look in the history").click().await;
        earlier.status(&format!("The history {history} of this patient.")).wait().await;
        if seed == 7 {
            page.button("Save to history").click().await;
            page.status("Saved as case 1.").wait().await;
        }
    }
    let earlier = visit.page.disclosure("Earlier images of this patient").listitem("").text().await;
    println!("{seen:?}: {earlier}");
    let (was, change) = earlier.split_once('\n').unwrap();
    assert!(was.contains("(case 1): Pneumonia") && was.contains(&seen[0]), "{earlier}");
    assert!(change.contains(&seen[0]) && change.contains(&seen[1]), "{earlier}");
    // The code itself went nowhere.
    assert!(!earlier.contains("ward"), "{earlier}");
    visit.browser.close().await;
}
