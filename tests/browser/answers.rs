//! What a reader does with an answer: moves its threshold, and asks why.

use crate::films::film_between;
use crate::page::Page;
use crate::visit::{DESK, Visit};
use serde_json::json;

/// What lies over the image, as one number; waits until it is none of those before.
async fn picture_over(page: &Page, seen: &[i64]) -> i64 {
    let pixels = "const pixels = e.getContext('2d').getImageData(0, 0, e.width, e.height).data;
        if (!pixels.some(v => v > 0)) return null;
        const sum = pixels.reduce((a, v) => (a * 31 + v) % 1000003, 7); return given.includes(sum) ? null : sum";
    page.heat_map().until("to be another one", pixels, json!(seen)).await.as_i64().unwrap()
}

#[tokio::test]
async fn a_reader_moves_the_operating_point() {
    let Some(film) = film_between(0.1, 0.9) else { return };
    let Some(visit) = Visit::with(DESK, &[film], 1).await else { return };
    let page = &visit.page;
    page.reply("Yes").await;
    let panel = page.finding();
    let figures = async || {
        [panel.definition("Sensitivity").text().await, panel.definition("If suspected, has it").text().await]
    };
    let (before, p) = ((page.verdict().await, figures().await), page.probability().await);
    assert!((0.1..0.9).contains(&p), "{p}");
    // Far below the answer it is suspected, far above it is not; what is known of the threshold follows, and it can be put back.
    let threshold = panel.slider("Suspect pneumonia from…");
    let mut told = Vec::new();
    for (at, is_suspected) in [("1", true), ("99", false)] {
        threshold.fill(at).await;
        let verdict = page.verdict().await;
        assert_eq!(verdict == "Pneumonia is suspected", is_suspected, "{verdict} at {at} with {p}");
        told.push(figures().await);
    }
    let [low, high] = &told[..] else { unreachable!() };
    assert!(low[0] != high[0] && low[1] != high[1], "{told:?}");
    page.button("Put it back").click().await;
    assert_eq!((page.verdict().await, figures().await), before);
    page.assert_quiet().await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_reader_asks_why_and_puts_the_map_away() {
    let Some(visit) = Visit::examined_phantom(DESK).await else { return };
    let page = &visit.page;
    // Nothing lies over the film before somebody asks.
    page.no_map().await;
    assert!(!page.combobox("Why").is_there().await && !page.slider("Opacity of the …").is_there().await);
    page.map_button().click().await;
    let mut seen = vec![picture_over(page, &[]).await];
    for (select, option, caption) in [
        ("Why", "Hide and see", "Occlusion"),
        ("Why", "Pixel by pixel", "Integrated"),
        ("Signs of", "no pneumonia", "Integrated"),
    ] {
        page.combobox(select).choose(option).await;
        seen.push(picture_over(page, &seen).await);
        page.region("Image").says(caption).await;
    }
    // Off again: the film lies bare, and what belongs to the map is gone.
    page.map_button().click().await;
    page.no_map().await;
    assert!(!page.combobox("Why").is_there().await && !page.slider("Opacity of the …").is_there().await);
    page.assert_quiet().await;
    visit.browser.close().await;
}
