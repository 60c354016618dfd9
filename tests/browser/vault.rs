//! The vault: cases that the browser keeps where no companion answers, sealed by a passphrase, and handed over when one does.

use crate::machine::{BrowserKind, Companion};
use crate::page::Page;
use crate::plain::PlainFiles;
use crate::visit::{CHEST, DESK, PHONE, Visit, phantom_file};
use lantern::case::{Case, FollowUp, Status, VersionedCase};
use lantern::store::By;
use serde_json::{Value, json};

const PASSPHRASE: &str = "correct horse battery";
const VAULT: &str = "Kept in this browser";

/// The page of a plain file server, and where its companion would be.
struct Alone {
    visit: Visit,
    files: Option<PlainFiles>,
}

impl Alone {
    async fn start(size: (u32, u32)) -> Option<Self> {
        let kind = BrowserKind::chosen();
        if !kind.is_there() {
            return None;
        }
        let mut companion = Companion::start();
        let port = companion.port();
        companion.stop();
        let files = Some(PlainFiles::serve(port));
        let visit = Visit::at(companion, kind, size, &format!("/?model={CHEST}")).await;
        Some(Self { visit, files })
    }

    fn page(&self) -> &Page {
        &self.visit.page
    }

    /// The companion takes the file server's place.
    fn companion_comes(&mut self) {
        self.files.take().unwrap().stop();
        self.visit.companion.start_again();
    }

    async fn examine(&self) {
        let page = self.page();
        page.model_ready().await;
        page.drop_files(&[phantom_file("Doe Jane.png")]).await;
        page.all_done(1).await;
        page.overrule(0, CHEST).await;
    }

    /// Keeps what is shown with a note; it becomes this number.
    async fn keep(&self, note: &str, number: u32) {
        let page = self.page();
        page.textbox("Note").fill(note).await;
        page.button("Save in this browser").click().await;
        if number == 1 {
            make(page).await;
        }
        page.status(&format!("Saved as case {number} in this browser.")).wait().await;
    }

    /// Opens the vault on the history.
    async fn open(&mut self) {
        self.visit.again("/history").await;
        self.page().region(VAULT).button("Open the vault").click().await;
        enter(self.page(), PASSPHRASE).await;
        self.page().region(VAULT).button("Lock the vault").wait().await;
    }

    async fn close(self) {
        self.visit.browser.close().await;
    }
}

/// Writes into a field for passphrases, which have no role of their own.
async fn write(page: &Page, label: &str, words: &str) {
    let script = "const e = [...document.querySelectorAll('input[type=password]')].find(e => isShown(e) && labels(e).trim() == arguments[0]);
        if (!e) return null; e.value = arguments[1]; e.dispatchEvent(new Event('input', { bubbles: true })); return true";
    page.until_with(&format!("the field {label:?}"), script, vec![json!(label), json!(words)]).await;
}

async fn make(page: &Page) {
    let form = page.region("Make a vault in this browser");
    form.says("CANNOT BE RECOVERED").await;
    write(page, "Passphrase", PASSPHRASE).await;
    write(page, "The same once more", "correct horse").await;
    form.button("Make the vault").click().await;
    form.alert("The two passphrases differ…").wait().await;
    write(page, "The same once more", PASSPHRASE).await;
    form.button("Make the vault").click().await;
    form.wait_until_gone().await;
}

async fn enter(page: &Page, passphrase: &str) {
    write(page, "Passphrase", passphrase).await;
    page.region("Open the vault of this browser").button("Open it").click().await;
}

/// What the browser keeps of the vault, as a script of the page sees it: key and value of each record.
async fn records(page: &Page) -> Value {
    let script = "if (!window.read) { window.read = 'begun'; const open = indexedDB.open('lantern-vault'); open.onsuccess = () => {
            const db = open.result, store = db.transaction('records').objectStore('records');
            const keys = store.getAllKeys(), values = store.getAll();
            store.transaction.oncomplete = () => { db.close(); window.read = keys.result.map((key, at) => [key, values.result[at]]) } } }
        return Array.isArray(window.read) ? window.read : null";
    let all = page.until("the records", script).await;
    page.script("window.read = null", vec![]).await;
    all
}

/// Who opens the history beside the companion.
fn by() -> By {
    By::command_line("2026-01-31T09:30:00Z".into())
}

/// The sample case with a note, as a companion may hold it.
fn with_note(case: &VersionedCase, note: &str) -> Case {
    match case {
        VersionedCase::Whole(case) => Case { note: note.into(), ..(**case).clone() },
        VersionedCase::Earlier(_) => panic!("an earlier case"),
    }
}

#[tokio::test]
async fn a_case_is_sealed_without_a_companion_and_handed_over_when_one_comes() {
    let Some(mut alone) = Alone::start(DESK).await else { return };
    alone.visit.again("/history").await;
    alone.page().region(VAULT).says("Nothing is kept in this browser.").await;
    // To look leaves nothing behind.
    let none = "return indexedDB.databases ? indexedDB.databases().then(all => all.length == 0) : true";
    assert_eq!(alone.page().script(none, vec![]).await, json!(true));
    alone.visit.again(&format!("/?model={CHEST}")).await;
    alone.examine().await;
    alone.keep("dense in the lower zone", 1).await;
    alone.keep("a second opinion", 2).await;
    let page = alone.page();
    page.link("case 2 in this browser").click().await;
    page.heading("Case 2 in this browser").wait().await;

    // What the browser keeps says nothing.
    let kept = records(page).await.to_string();
    assert!(
        kept.contains("lantern-vault/1") && !kept.contains("zone") && !kept.contains("neumonia"),
        "{kept}"
    );

    // A new page finds it locked.
    alone.visit.again("/history").await;
    let page = alone.page();
    let vault = page.region(VAULT);
    vault.says("holds 2 cases").await;
    assert!(!page.main("").text().await.contains("second opinion"));
    vault.button("Open the vault").click().await;
    enter(page, "correct horse batterx").await;
    page.alert("This is not the passphrase of the vault…").wait().await;
    enter(page, PASSPHRASE).await;
    let item = vault.listitem("Case 1 in this browser: …").text().await;
    assert!(item.contains("dense in the lower zone") && item.contains(CHEST), "{item}");
    let search = page.searchbox("Search in the vault");
    search.fill("LOWER zone").await;
    vault.says("1 of 2 cases in this browser").await;
    search.fill("melanoma").await;
    vault.says("No case in the vault holds these words").await;
    search.fill("").await;
    let file: Value =
        serde_json::from_str(&page.saved_by("All cases of this browser as JSON").await).unwrap();
    assert_eq!((&file["schema"], &file["cases"][1]["id"]), (&json!("lantern-history/1"), &json!(1)));
    assert_eq!(file["cases"][1]["case"]["whole"]["note"], json!("dense in the lower zone"));

    // One case: all of it; its note can be changed.
    page.link("Case 1 in this browser: …").click().await;
    page.heading("Case 1 in this browser").wait().await;
    page.heading("All answers").wait().await;
    assert!(!page.main("").text().await.contains("Doe"));
    page.textbox("Note").fill("dense in the upper zone").await;
    page.button("Save the note").click().await;
    page.status("The note is kept.").wait().await;
    page.link("All cases").click().await;
    page.region(VAULT).listitem("Case 1 in this browser: …").says("upper zone").await;
    page.button("Lock the vault").click().await;
    page.region(VAULT).says("holds 2 cases").await;

    // The companion comes.
    alone.companion_comes();
    alone.open().await;
    let page = alone.page();
    page.button("Hand over 2 cases").click().await;
    page.status("2 cases handed over.").wait().await;
    page.region(VAULT).says("The vault is open, and empty.").await;
    let item = page.list("Cases").listitem("Case 1: …").text().await;
    assert!(item.contains("dense in the upper zone"), "{item}");
    let saved = alone.visit.companion.store().case(&by(), 1).unwrap().unwrap();
    assert_eq!(json!(saved.saved_at), file["cases"][1]["saved_at"]);
    alone.close().await;
}

#[tokio::test]
async fn what_the_companion_has_is_not_doubled_and_what_differs_is_shown_side_by_side() {
    let Some(mut alone) = Alone::start(DESK).await else { return };
    alone.examine().await;
    for (number, note) in [(1, "same"), (2, "mine"), (3, "also mine"), (4, "mine again")] {
        alone.keep(note, number).await;
    }
    alone.open().await;
    let file: Value =
        serde_json::from_str(&alone.page().saved_by("All cases of this browser as JSON").await).unwrap();
    alone.companion_comes();
    // An answer was lost: the companion has the first. Of the others it has other notes.
    let store = alone.visit.companion.store();
    let by = by();
    for (at, note) in [(3, "same"), (2, "theirs"), (1, "also theirs"), (0, "theirs again")] {
        let case: VersionedCase = serde_json::from_value(file["cases"][at]["case"].clone()).unwrap();
        let saved_at = file["cases"][at]["saved_at"].as_str().unwrap();
        store.import_case(&by, saved_at, with_note(&case, note)).unwrap();
    }
    let open = FollowUp { status: Status::ToFollowUp, due: Some("2099-03-01".into()) };
    assert!(store.set_follow_up(&by, 4, Some(&open)).unwrap());
    drop(store);

    alone.open().await;
    let page = alone.page();
    page.button("Hand over 4 cases").click().await;
    page.status("0 cases handed over. 1 case there already. 3 cases wait for your choice below.")
        .wait()
        .await;
    let both = page.group("Case 2 in this browser is not the same as case 2 …");
    both.group("In this browser").says("Note (differs) mine").await;
    both.group("With the companion").says("Note (differs) theirs").await;
    both.button("Keep both").click().await;
    both.wait_until_gone().await;
    let there = page.group("Case 3 in this browser …");
    there.button("Keep the companion's").click().await;
    there.wait_until_gone().await;
    let here = page.group("Case 4 in this browser …");
    here.button("Keep this browser's").click().await;
    here.wait_until_gone().await;
    page.region(VAULT).says("The vault is open, and empty.").await;

    let list = alone.visit.companion.store().list_cases(&by, 50, None, &Default::default()).unwrap();
    let notes: Vec<_> = list.cases.iter().map(|one| (one.id, one.case.note())).collect();
    assert_eq!(notes, [(6, "mine again"), (5, "mine"), (3, "also theirs"), (2, "theirs"), (1, "same")]);
    let followed = alone.visit.companion.store().follow_ups(&by, 9).unwrap();
    assert_eq!((followed[0].id, &followed[0].follow_up), (6, &open));
    alone.close().await;
}

#[tokio::test]
async fn a_damaged_record_hides_no_other_and_the_vault_is_erased_after_a_second_question() {
    let Some(mut alone) = Alone::start(PHONE).await else { return };
    alone.examine().await;
    alone.keep("one", 1).await;
    alone.keep("two", 2).await;
    // What is sealed for one number opens under no other.
    let swap = "if (!window.swapped) { window.swapped = 'begun'; const open = indexedDB.open('lantern-vault'); open.onsuccess = () => {
            const db = open.result, store = db.transaction('records', 'readwrite').objectStore('records');
            store.get(1).onsuccess = event => store.put(event.target.result, 2);
            store.transaction.oncomplete = () => { db.close(); window.swapped = 'done' } } }
        return window.swapped == 'done' ? true : null";
    alone.page().until("the swapped records", swap).await;
    alone.open().await;
    let page = alone.page();
    let vault = page.region(VAULT);
    vault.listitem("Case 2 cannot be read …").says("it was changed or moved since it was sealed").await;
    vault.listitem("Case 1 in this browser: …").says("one").await;
    assert!(page.fits().await);
    vault.button("Delete case 2").click().await;
    vault.button("Delete it").click().await;
    vault.listitem("Case 2 cannot be read …").wait_until_gone().await;

    page.link("Purpose and privacy").click().await;
    page.main("").says("The vault: cases that you saved here").await;
    page.button("Erase all of it").click().await;
    page.button("Erase it for good").click().await;
    let question = page.group("Erase the cases too");
    question.says("holds 1 case").await;
    question.button("Leave it").click().await;
    question.wait_until_gone().await;
    page.button("Erase all of it").click().await;
    page.button("Erase it for good").click().await;
    question.button("Erase the cases too").click().await;
    page.main("").says("Nothing is kept in this browser.").await;
    page.link("History").click().await;
    page.region(VAULT).says("Without a companion you can keep cases here").await;
    alone.close().await;
}

#[tokio::test]
async fn a_companion_that_stops_answering_loses_nothing() {
    let Some(mut visit) = Visit::examined_phantom(DESK).await else { return };
    visit.companion.stop();
    let page = &visit.page;
    page.textbox("Note").fill("the server stopped").await;
    page.button("Save to history").click().await;
    page.status("Not saved. …").wait().await;
    page.button("Save in this browser").click().await;
    page.button("Not now").click().await;
    page.status("Not saved. The vault was not opened. …").wait().await;
    page.button("Save in this browser").click().await;
    make(page).await;
    page.status("Saved as case 1 in this browser.").wait().await;
    visit.browser.close().await;
}
