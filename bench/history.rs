//! Measures searches over a large history, as a user's request asks them: found, read, and recorded in the audit log.
//!
//! usage: history FOLDER [CASES] [plain|sealed]. Makes a history in FOLDER, which keeps it; without CASES a million.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot be set up should stop"
)]

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use lantern::account::Role;
    use lantern::case::{Case, VersionedCase};
    use lantern::fingerprint::Sha256;
    use lantern::store::{By, Search, Secret, Sees, Store};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::path::Path;
    use std::time::Instant;

    /// Distinct words of all notes. Frequencies fall as 1 / rank, as in texts (Zipf).
    const WORDS: usize = 200_000;
    /// Words of a note.
    const NOTE: usize = 25;
    /// Cases of a patient, on average.
    const CASES_OF_A_PATIENT: u64 = 4;
    /// Repetitions of each query.
    const TIMES: usize = 25;

    pub fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let folder = Path::new(arguments.first().expect("usage: history FOLDER [CASES] [plain|sealed]"));
        let number: u64 = arguments.get(1).map_or(1_000_000, |number| number.parse().unwrap());
        let is_sealed = arguments.get(2).is_some_and(|kind| kind == "sealed");
        let history = folder.join(format!("{number}-{}.db", if is_sealed { "sealed" } else { "plain" }));
        let secret = Secret::KeyFile(vec![7; 64]);
        if !history.exists() {
            fill(&history, number);
            if is_sealed {
                Store::open(&history).unwrap().seal(&by(), &secret).unwrap();
            }
        }
        let mut store = Store::open(&history).unwrap();
        if is_sealed {
            store.unlock(&secret).unwrap();
        }
        let (before, began) = (memory(), Instant::now());
        store.prepare_search().unwrap();
        println!("{number} cases, {}", if is_sealed { "sealed" } else { "plain" });
        println!("index: {:.1} s, {} MB", began.elapsed().as_secs_f64(), memory().saturating_sub(before));
        measure(&store, number);
    }

    fn by() -> By {
        By::command_line("2026-01-31T09:30:00Z".into())
    }

    fn word(random: &mut ChaCha8Rng) -> String {
        // Inverse of the distribution 1 / rank.
        let rank = (WORDS as f64).powf(random.random::<f64>()) as u64;
        spelled(rank)
    }

    /// A made-up word for a rank: syllables, shorter for the frequent ones.
    fn spelled(mut rank: u64) -> String {
        const SYLLABLES: [&str; 16] = [
            "la", "te", "ri", "no", "du", "le", "ma", "si", "ko", "per", "al", "vi", "en", "ost", "zu", "qi",
        ];
        let mut text = String::new();
        while text.is_empty() || rank > 0 {
            text.push_str(SYLLABLES[(rank % 16) as usize]);
            rank /= 16;
        }
        text
    }

    fn patient(number: u64) -> Sha256 {
        Sha256::of(format!("patient {number}").as_bytes())
    }

    fn image(id: u64) -> Sha256 {
        Sha256::of(format!("image {id}").as_bytes())
    }

    /// Writes the cases past the store, which would wait for the disk after each.
    fn fill(history: &Path, number: u64) {
        let store = Store::open(history).unwrap();
        store.add_account(&by(), "finn", Role::Educator, "none").unwrap();
        drop(store);
        let mut connection = rusqlite::Connection::open(history).unwrap();
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000").unwrap();
        let VersionedCase::Whole(sample) =
            serde_json::from_str(include_str!("../tests/files/case.json")).unwrap()
        else {
            panic!("no whole case")
        };
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let transaction = connection.transaction().unwrap();
        let insert = "INSERT INTO cases (id, saved_at, image_sha256, patient, words, kept, owner) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = transaction.prepare(insert).unwrap();
        for id in 1..=number {
            let mut case: Case = *sample.clone();
            let words: Vec<String> = (0..NOTE).map(|_| word(&mut random)).collect();
            case.note = words.join(" ");
            let date =
                jiff::civil::date(2020, 1, 1).saturating_add(jiff::Span::new().days((id % 2500) as i64));
            case.study_date = Some(date.to_string());
            case.patient = Some(patient(random.random_range(0..number / CASES_OF_A_PATIENT + 1)));
            case.reading.examination.image_sha256 = image(id).to_string();
            let (patient, image) = (case.patient.unwrap().to_string(), image(id).to_string());
            let kept = VersionedCase::Whole(Box::new(case));
            let (words, text) = (kept.words(), serde_json::to_string(&kept).unwrap());
            let owner = if id % 10 == 0 { Some(1) } else { None };
            insert
                .execute(rusqlite::params![id as i64, by().at, image, patient, words, text, owner])
                .unwrap();
        }
        drop(insert);
        transaction.commit().unwrap();
    }

    fn measure(store: &Store, number: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let all = by();
        let own = By { account: Some(1), sees: Sees::Own, ..by() };
        let text = |text: String| Search { text, ..Search::default() };
        println!(
            "| query | found, median | median, ms | slowest, ms | slowest on a processor, ms |\n|---|---|---|---|---|"
        );
        let mut row = |name: &str,
                       by: &By,
                       limit: u32,
                       is_from_the_middle: bool,
                       search: &mut dyn FnMut(&mut ChaCha8Rng) -> Search| {
            let (mut times, mut found, mut most) = (Vec::new(), Vec::new(), 0.0_f64);
            for _ in 0..TIMES {
                let (search, before) = (search(&mut random), is_from_the_middle.then_some(number as i64 / 2));
                let (began, computed) = (Instant::now(), computed());
                let list = store.list_cases(by, limit, before, &search).unwrap();
                times.push(began.elapsed().as_secs_f64() * 1000.0);
                most = most.max(self::computed() - computed);
                found.push(list.total);
            }
            times.sort_by(f64::total_cmp);
            found.sort_unstable();
            let (middle, last) = (times[TIMES / 2], times[TIMES - 1]);
            println!("| {name} | {} | {middle:.1} | {last:.1} | {most:.1} |", found[TIMES / 2]);
        };
        let any = |_: &mut ChaCha8Rng| Search::default();
        row("newest 50", &all, 50, false, &mut { any });
        row("newest 200", &all, 200, false, &mut { any });
        row("50 from the middle", &all, 50, true, &mut { any });
        row("an educator's own", &own, 50, false, &mut { any });
        row("of a patient", &all, 50, false, &mut |random| Search {
            patient: Some(patient(random.random_range(0..number / CASES_OF_A_PATIENT))),
            ..Search::default()
        });
        row("of an image", &all, 50, false, &mut |random| Search {
            image: Some(image(random.random_range(1..=number))),
            ..Search::default()
        });
        row("a word that all hold", &all, 50, false, &mut |_| text("pneumonia".into()));
        row("a frequent word", &all, 50, false, &mut |random| text(spelled(random.random_range(1..100))));
        row("a rare word", &all, 50, false, &mut |random| {
            text(spelled(random.random_range(100_000..200_000)))
        });
        row("three words", &all, 50, true, &mut |random| {
            text(format!(
                "{} {} {}",
                spelled(random.random_range(1..9)),
                word(random),
                spelled(random.random_range(1..99))
            ))
        });
        row("a frequent word, an educator's own", &own, 50, false, &mut |random| {
            text(spelled(random.random_range(1..100)))
        });
        row("no case holds it", &all, 50, false, &mut |_| text("xylophone".into()));
        row("one letter", &all, 50, false, &mut |random| {
            text(char::from(random.random_range(b'a'..=b'z')).into())
        });
        row("two letters", &all, 50, false, &mut |random| {
            let mut letter = || char::from(random.random_range(b'a'..=b'z'));
            text([letter(), letter()].iter().collect())
        });
        row("a day", &all, 50, false, &mut |random| {
            text(format!("2021-0{}-1{}", random.random_range(1..10), random.random_range(0..10)))
        });
        row("twelve digits of an image", &all, 50, false, &mut |random| {
            text(image(random.random_range(1..=number)).brief())
        });
    }

    /// How long this thread has computed, in ms; 0 where the system does not tell it so. Where others compute too, a time of day says less.
    fn computed() -> f64 {
        let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        line.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
    }

    /// Memory that the process holds, in MB; 0 where the system does not tell it so.
    fn memory() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0)
            / 1024
    }
}
