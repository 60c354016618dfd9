//! The clinician's workspace as its users meet it: batches, several models, earlier images. `make test` builds the page first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![allow(dead_code, reason = "the page's other users need the rest of it")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "browser/machine.rs"]
mod machine;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/visit.rs"]
mod visit;

use lantern::dataset::phantom;
use page::Dropped;
use serde_json::{Value, json};
use visit::{DESK, Visit, data, phantom_file};

/// What the list shows, one line an image.
const LISTED: &str = "return [...document.querySelectorAll('[data-testid=queue-item]')].map(e => e.innerText.replace(/\\n+/g, ' '))";
/// Chooses in a select box, or types, as a reader would.
const CHOOSE: &str = "const s = document.querySelector('[data-testid=' + arguments[0] + ']');
    s.value = arguments[1]; s.dispatchEvent(new Event('change', { bubbles: true })); s.dispatchEvent(new Event('input', { bubbles: true }))";
/// Chooses the option that begins with a text.
const PICK: &str = "const s = document.querySelector('[data-testid=' + arguments[0] + ']');
    s.value = [...s.options].find(o => o.text.startsWith(arguments[1])).value; s.dispatchEvent(new Event('change', { bubbles: true }))";

fn lines(listed: &Value) -> Vec<String> {
    listed.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_string()).collect()
}

#[tokio::test]
async fn a_batch_is_paused_sorted_and_sifted_and_bad_files_stop_nothing() {
    let Some(set) = data("malaria-cells.zip") else { return };
    let Some(visit) = Visit::start(DESK, "/?model=malaria-cells").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    let mut files: Vec<Dropped> = set
        .samples
        .iter()
        .filter(|sample| sample.split == "train")
        .step_by(300)
        .take(40)
        .enumerate()
        .map(|(i, sample)| Dropped {
            name: format!("cell {}.jpg", i + 1).leak(),
            bytes: set.bytes(sample).unwrap(),
        })
        .collect();
    let cut = files[0].bytes.len() / 2;
    files.insert(3, Dropped { name: "cut.jpg", bytes: files[0].bytes[..cut].to_vec() });
    files.insert(7, Dropped { name: "letter.doc", bytes: b"Dear reader".to_vec() });
    let count = files.len();
    page.drop_files(&files).await;

    // Paused while some wait: nothing more is begun, and then it goes on.
    let pause = "const p = document.querySelector('[data-testid=pause]'); if (!p || p.classList.contains('gone')) return null;
        if (!document.querySelector('[data-state=done]')) return null; p.click(); return true";
    page.until("the first answer", pause).await;
    page.until("the pause", "return document.querySelector('[data-state=working]') ? null : true").await;
    let waiting = "return document.querySelectorAll('[data-state=waiting]').length";
    let left = page.script(waiting, vec![]).await.as_u64().unwrap();
    assert!(left > 0 && page.text("batch").await.starts_with("Paused"), "{left} left");
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(page.script(waiting, vec![]).await, json!(left), "the batch went on while it was paused");
    page.click("pause").await;
    let states = page.all_done(count).await;
    assert_eq!(states.iter().filter(|state| *state == "failed").count(), 2, "{states:?}");
    assert_eq!(page.text("batch").await, format!("All {count} are through"));

    // Most probable first: the numbers go down.
    page.script(PICK, vec![json!("order"), json!("Most probable")]).await;
    let listed = lines(&page.script(LISTED, vec![]).await);
    let numbers: Vec<f64> = listed
        .iter()
        .filter_map(|line| {
            line.split(' ').find_map(|w| w.parse().ok().filter(|v: &f64| w.contains('.') && *v <= 1.0))
        })
        .collect();
    println!("{listed:?}");
    assert!(numbers.len() > 30 && numbers.windows(2).all(|pair| pair[0] >= pair[1]), "{numbers:?}");
    // By name, as people count.
    page.script(PICK, vec![json!("order"), json!("By name")]).await;
    let listed = lines(&page.script(LISTED, vec![]).await);
    let place = |name: &str| listed.iter().position(|line| line.starts_with(name)).unwrap();
    assert!(place("cell 2.jpg") < place("cell 10.jpg"), "{listed:?}");
    // Only what failed, with the reason; then by a part of the name.
    page.script(PICK, vec![json!("only"), json!("Could not")]).await;
    let listed = lines(&page.script(LISTED, vec![]).await);
    assert_eq!(listed.len(), 2, "{listed:?}");
    page.pick(1).await;
    assert!(
        page.text("problem").await.contains("letter.doc")
            || page.text("problem").await.contains("not an image")
    );
    page.script(CHOOSE, vec![json!("only"), json!("")]).await;
    page.script(CHOOSE, vec![json!("named"), json!("CELL 11")]).await;
    assert_eq!(lines(&page.script(LISTED, vec![]).await).len(), 1);
    page.assert_quiet().await;

    // Heat maps of early images were put away for later ones, and come back when they are looked at.
    page.script(CHOOSE, vec![json!("named"), json!("")]).await;
    page.script(PICK, vec![json!("order"), json!("As they came")]).await;
    page.pick(0).await;
    let drawn = "const c = document.querySelector('[data-testid=heat-map]');
        return c && !c.classList.contains('gone') && c.width > 1 &&
            c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0) ? true : null";
    page.until("the heat map of the first image", drawn).await;
    visit.browser.close().await;
}

#[tokio::test]
async fn several_models_are_asked_about_one_image() {
    let Some(visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let page = &visit.page;
    page.model_ready().await;
    page.drop_files(&[phantom_file("phantom.png")]).await;
    page.all_done(1).await;
    page.overrule(0).await;
    let p = page.probability().await;
    page.script("document.querySelector('[data-testid=others]').open = true", vec![]).await;
    page.script(CHOOSE, vec![json!("other-model"), json!("brain-mri")]).await;
    page.script("document.querySelector('[data-testid=ask-other]').click()", vec![]).await;
    page.until("the other model's answer", "return document.querySelector('[data-testid=other-answer]') && document.querySelector('[data-testid=refusal]') ? true : null").await;
    let said = page.text("other-answer").await;
    assert!(said.contains("Pneumonia"), "{said}");
    page.script("document.querySelector('[data-testid=other-answer] button').click()", vec![]).await;
    page.until(
        "the first answer",
        "return document.querySelector('[data-testid=probability]') ? true : null",
    )
    .await;
    assert_eq!(page.probability().await, p);
    assert!(page.text("other-answer").await.contains("refused"));
    visit.browser.close().await;
}

#[tokio::test]
async fn an_earlier_case_of_the_same_patient_is_compared() {
    let Some(mut visit) = Visit::start(DESK, "/?model=chest-pneumonia").await else { return };
    let mut seen = Vec::new();
    for seed in [7, 8] {
        visit.again("/?model=chest-pneumonia").await;
        let page = &visit.page;
        page.model_ready().await;
        page.drop_files(&[Dropped { name: format!("{seed}.png").leak(), bytes: phantom::chest(seed, 512) }])
            .await;
        page.all_done(1).await;
        page.overrule(0).await;
        seen.push(page.text("probability").await);
        page.script("document.querySelector('[data-testid=priors]').open = true", vec![]).await;
        page.script(CHOOSE, vec![json!("patient-code"), json!("ward 3, bed 2")]).await;
        page.script("document.querySelector('[data-testid=look-in-history]').click()", vec![]).await;
        page.until(
            "the history's answer",
            "return document.querySelector('[data-testid=prior-said]').innerText ? true : null",
        )
        .await;
        if seed == 7 {
            assert!(page.text("prior-said").await.contains("no case of this patient"));
            page.script("document.querySelector('[data-testid=save-case]').click()", vec![]).await;
            page.until(
                "the confirmation",
                "return document.querySelector('[data-testid=saved][data-done=true]') ? true : null",
            )
            .await;
        }
    }
    let (earlier, change) = (visit.page.text("earlier").await, visit.page.text("change").await);
    println!("{seen:?}: {earlier}");
    assert!(
        earlier.contains(&seen[0]) && change.contains(&seen[0]) && change.contains(&seen[1]),
        "{earlier}"
    );
    // The code itself went nowhere.
    assert!(!earlier.contains("ward"));
    visit.browser.close().await;
}
