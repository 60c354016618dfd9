//! The arithmetic of one value, with its numbers.

use super::figures::figures;
use super::room::Room;
use crate::lesson::{LayerKind, Spelled, Term};
use crate::messages::page::classroom as words;
use leptos::prelude::*;

/// What was asked for; a hint before.
#[component]
pub fn Arithmetic() -> impl IntoView {
    let room = expect_context::<Room>();
    let shown = move || match room.spelled.get() {
        None => view! { <p class="small">{words::CHOOSE_VALUE}</p> }.into_any(),
        Some(None) => view! { <p>{words::CANNOT_SPELL}</p> }.into_any(),
        Some(Some(spelled)) => spell(spelled).into_any(),
    };
    view! {
        <h3>{words::ARITHMETIC}</h3>
        <div aria-live="polite">{shown}</div>
    }
}

fn spell(spelled: Spelled) -> impl IntoView {
    let count = spelled.terms.len();
    let is_window = matches!(spelled.kind, LayerKind::MaxPool | LayerKind::AveragePool);
    let mut steps = match spelled.kind {
        LayerKind::MaxPool => vec![words::largest(count, spelled.sum)],
        LayerKind::AveragePool => vec![words::mean(count, spelled.sum)],
        _ => {
            let products: f32 = spelled.terms.iter().map(|term| term.input * term.weight).sum();
            let mut steps = vec![words::products(count, products), words::bias(spelled.bias)];
            steps.extend(spelled.shortcut.map(words::shortcut));
            steps.push(words::sum(spelled.sum));
            if spelled.is_rectified {
                steps.push(words::rectified(spelled.result));
            }
            steps
        }
    };
    steps.push(words::result(spelled.result));
    steps.push(words::computed(spelled.computed));
    let row = move |term: &Term| {
        let Term { row, column, channel, input, weight } = *term;
        view! {
            <tr>
                <th scope="row">{format!("{row}, {column}, {channel}")}</th>
                <td>{format!("{input:.4}")}</td>
                {(!is_window).then(|| view! { <td>{format!("{weight:.4}")}</td><td>{format!("{:.4}", input * weight)}</td> })}
            </tr>
        }
    };
    let heads = [words::TERM_COLUMN, words::INPUT_COLUMN, words::WEIGHT_COLUMN, words::PRODUCT_COLUMN];
    let heads = if is_window { &heads[..2] } else { &heads };
    view! {
        <ol class="sum">{steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}</ol>
        {figures(words::ARITHMETIC, heads, spelled.terms.iter().map(row).collect_view())}
        <p class="small">{words::FOLDED}</p>
    }
}
