//! Which model examines, where its weights come from, and several models on one image.

use crate::films::radiographs;
use crate::page::TestFile;
use crate::visit::{CHEST, DESK, Visit, card, phantom_file, title};
use serde_json::{Value, json};
use std::path::Path;

/// The models that the site offers, by their folders' names.
fn models() -> Vec<String> {
    let index = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    index["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["about"]["id"].as_str().unwrap().into())
        .collect()
}

#[tokio::test]
async fn a_reader_chooses_another_model_and_is_told_which_one_answered() {
    let Some(mut visit) = Visit::examined_phantom(DESK).await else { return };
    let page = &visit.page;
    page.assert_quiet().await;
    let choice = page.combobox("What the image shows");
    choice.choose(&title("malaria-cells")).await;
    let other = "return [...document.querySelectorAll('[aria-live=polite]')].some(e => e.innerText.trim().startsWith(arguments[0]))";
    let ready = format!("Ready: {}", title("malaria-cells"));
    page.until_with("the other model", other, vec![json!(ready)]).await;
    // The limits stay those of the model that answered.
    page.disclosure(&format!("What \"{}\" cannot do", title(CHEST))).wait().await;
    // Its files were fetched while an image was open: that is shown.
    assert!(!page.disclosure("0 requests since the image was opened").is_there().await);
    assert!(page.contentinfo("").text().await.contains("for the page and its models; none with your image"));
    page.assert_no_violations().await;

    // The choice lasts, and an address can make it too.
    for (path, model) in [("/", "malaria-cells"), ("/?model=chest-pneumonia", CHEST)] {
        visit.again(path).await;
        visit.page.model_ready().await;
        assert_eq!(visit.page.combobox("What the image shows").value().await, model);
    }
    visit.again("/?model=none").await;
    visit.page.alert("The model cannot be used…").says("this site has no model named none").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn every_model_passes_its_known_answers_here_and_answers_in_its_own_way() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    for id in models() {
        visit.again(&format!("/?model={id}")).await;
        let page = &visit.page;
        page.model_ready().await;
        page.drop_files(&[phantom_file("phantom.png")]).await;
        assert_eq!(page.all_done(1).await, ["refused"], "{id}");
        page.overrule(0, &id).await;
        assert_eq!(page.verdict().await, "A score without a verdict", "{id}");
        let evidence = page.finding().disclosure("Evidence").disclosed().await;
        assert!(evidence.contains(&format!("{id} {}", card(&id).about.version)), "{evidence}");
        println!("{id}: {}", evidence.lines().find(|line| line.starts_with("on this device")).unwrap());
        // Only one draws an outline, and says how much it takes.
        let draws = card(&id).graph().unwrap().outline.is_some();
        assert_eq!(page.finding().text().await.contains("The model outlined"), draws, "{id}");
        assert_eq!(id == "breast-ultrasound", draws, "{id}");
    }
    visit.page.assert_no_violations().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn an_image_of_another_kind_is_sent_to_its_model() {
    let Some(films) = radiographs() else { return };
    let Some(mut visit) = Visit::start(DESK, "/?model=malaria-cells").await else { return };
    let film = || TestFile { name: "film.jpg", bytes: films[0].bytes.clone() };
    visit.page.model_ready().await;
    visit.page.drop_files(&[film()]).await;
    assert_eq!(visit.page.all_done(1).await, ["refused"]);
    visit.page.finding().says("looks like a frontal radiograph of a child's chest").await;
    visit.page.button("Examine it as a frontal radiograph of a child's chest").click().await;
    visit.page.is_answered(0).await;

    // Left to the images, it goes there by itself.
    visit.again("/?model=auto").await;
    visit.page.model_ready().await;
    visit.page.drop_files(&[film(), phantom_file("phantom.png")]).await;
    assert_eq!(visit.page.all_done(2).await, ["done", "refused"]);
    visit.browser.close().await;
}

#[tokio::test]
async fn several_models_are_asked_about_one_image() {
    let Some(visit) = Visit::examined_phantom(DESK).await else { return };
    let page = &visit.page;
    let p = page.probability().await;
    let others = || page.finding().disclosure("Ask another model too");
    others().open().await;
    page.combobox("Another model").choose(&title("brain-mri")).await;
    page.button("Ask it").click().await;
    let other = |id: &str| others().listitem(&format!("{}: …", title(id)));
    other("brain-mri").says("refused it").await;
    // The first answer stays in front; the other one comes there when it is asked for, and goes again.
    assert_eq!(page.probability().await, p);
    other("brain-mri").button("Show").click().await;
    page.finding().heading("No answer").wait().await;
    other(CHEST).button("Show").click().await;
    page.finding().heading("A score without a verdict").wait().await;
    assert_eq!(page.probability().await, p);
    other("brain-mri").says("refused it").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn the_second_visit_downloads_no_weights_and_works_without_a_network() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    assert!(!visit.page.model_ready().await, "the first visit has nothing in its cache");
    visit.settled().await;
    assert_eq!(visit.companion.requests("weights.safetensors"), 1);

    visit.again("/").await;
    assert!(visit.page.model_ready().await, "the second visit takes the weights from the cache");
    assert_eq!(visit.companion.requests("weights.safetensors"), 1);

    visit.companion.stop();
    visit.again("/").await;
    assert!(visit.page.model_ready().await);
    visit.examine_phantom_again().await;
    visit.page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn damaged_cached_weights_are_fetched_anew() {
    let Some(mut visit) = Visit::start(DESK, "/").await else { return };
    visit.page.model_ready().await;
    let spoil = "const done = arguments[arguments.length - 1];
        caches.open('lantern-weights-v1').then(async cache => {
            const weights = (await cache.keys()).filter(request => request.url.includes('?sha256='));
            for (const request of weights) await cache.put(request, new Response('spoilt'));
            done(weights.length);
        });";
    // Weights and known answers, the extractor, and what is known of every model's images.
    let count = json!(3 + models().len());
    assert_eq!(visit.browser.client.execute_async(spoil, vec![]).await.unwrap(), count);
    visit.again("/").await;
    assert!(!visit.page.model_ready().await, "spoilt weights were believed");
    visit.browser.close().await;
}
