//! The first screen as somebody meets it who has no image at hand.

use crate::visit::{PHONE, Visit, card};

#[tokio::test]
async fn who_has_no_image_reads_what_the_models_are_for_and_tries_a_drawing() {
    let Some(mut visit) = Visit::start(PHONE, "/").await else { return };
    visit.page.model_ready().await;
    // Each line says what a model is for and on what it was tried, with a way to try it.
    let lines = visit.page.region("What it can look at").listitem("");
    assert_eq!(lines.count().await, 7);
    for (at, said) in lines.texts().await.into_iter().enumerate() {
        assert!(said.contains("Tried on: "), "{said}");
        assert!(lines.at(at).button("Try one: …").is_there().await, "{said}");
    }
    assert!(visit.page.fits().await);

    // What is clicked, what comes of it, and what the truth says.
    let of = |id: &str| format!("Try one: {}", card(id).about.kind);
    let tries = [
        (of("malaria-cells"), "done", "a red blood cell with a malaria parasite"),
        (of("chest-pneumonia"), "done", "a child's chest"),
        ("Try one that is refused".into(), "refused", "a face"),
        ("Try one that it gets wrong".into(), "done", "the model is wrong"),
    ];
    for (button, state, truth) in tries {
        visit.again("/").await;
        let page = &visit.page;
        page.model_ready().await;
        page.button(&button).click().await;
        assert_eq!(page.all_done(1).await, [state], "{button}");
        page.finding().says("Drawn here: ").await;
        let said = page.finding().text().await;
        let line = said.lines().find(|line| line.starts_with("Drawn here: ")).unwrap();
        assert!(line.contains(truth), "{line}");
        page.assert_no_violations().await;
    }
    visit.browser.close().await;
}
