//! Learning on GPUs, on an emulated one: `tests/cuda/emulator` stands in for NVIDIA's driver and libraries and runs the very kernels'
//! text on the processor. Queued work runs as late as CUDA allows, so that memory that is used again too early shows as wrong numbers.
//! What only a real GPU can show, such as speed, `make test-gpu` shows with the same tests.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

#[path = "cuda/emulated.rs"]
mod emulated;
#[path = "cuda/small.rs"]
mod small;

mod support;

use emulated::on_emulated;
use lantern::kernels::cuda::{Gpu, Precision, Span, Uploads};
use lantern::learn::{Backend, Checkpoint, EpochReport, Gpus, Recipe, Session};
use lantern::model::Architecture;
use lantern::model::cuda::Layout;
use small::{FAMILIES, LITE0, OUTLINE, RESIDUAL, Small, losses};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use support::furthest;

fn gpus(numbers: &[usize], precision: Precision) -> Backend {
    Backend::Gpus(Box::new(Gpus::open(numbers, precision, None).unwrap()))
}

/// The largest difference between two rows, as a share of the length of the second.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    let length = b.iter().map(|value| value * value).sum::<f32>().sqrt();
    // What is nothing but rounding has no share: a bias before a normalisation, for one.
    furthest(a, b) / length.max(1e-3)
}

/// Everything that a checkpoint holds.
fn all(checkpoint: &Checkpoint) -> BTreeMap<String, Vec<f32>> {
    checkpoint.tensors.keys().map(|name| (name.clone(), values(checkpoint, name))).collect()
}

fn values(checkpoint: &Checkpoint, name: &str) -> Vec<f32> {
    checkpoint.tensors[name].flatten_all().unwrap().to_vec1().unwrap()
}

/// Nothing waits between the batches, so that a buffer that is used again too early loses one of them.
#[test]
fn every_batch_arrives_although_buffers_are_used_again() {
    on_emulated("every_batch_arrives_although_buffers_are_used_again", 1, || {
        let (batches, count) = (16, 1 << 18);
        let gpu = Gpu::open(0, Precision::F32, None).unwrap();
        let arrived = gpu.floats(batches * count).unwrap();
        let mut uploads = Uploads::new(&gpu, count).unwrap();
        for batch in 0..batches {
            let fill = |values: &mut [f32]| values.fill(batch as f32);
            let keep = |sent: Span| gpu.copy(sent, arrived.span(batch * count, count)?);
            uploads.send(&gpu, fill, keep).unwrap();
        }
        for (batch, values) in gpu.read(arrived.all()).unwrap().chunks(count).enumerate() {
            let wrong = values.iter().find(|value| **value != batch as f32);
            assert!(wrong.is_none(), "{wrong:?} arrived in batch {batch}");
        }
    });
}

#[test]
fn places_of_weights_do_not_overlap_and_only_matrices_decay() {
    let architecture = Architecture::Chain { widths: vec![6, 12], depths: vec![1, 2] };
    let layout = Layout::new(&architecture.graph(3, 32, 3).unwrap()).unwrap();
    for (places, end) in [(&layout.learned, layout.learned_len), (&layout.followed, layout.followed_len)] {
        let ends = places.iter().skip(1).map(|place| place.from).chain([end]);
        for (place, next) in places.iter().zip(ends) {
            // Packs of eight values are read at once.
            assert!(place.from + place.len() <= next && place.from % 8 == 0, "{place:?}");
        }
    }
    let decays = layout.decays();
    for place in &layout.learned {
        let is_matrix = place.name.ends_with("conv.weight") || place.name == "head.weight";
        assert_eq!(decays[place.from], u8::from(is_matrix), "{place:?}");
    }
    assert!(layout.learned.iter().any(|place| place.name == "stages.1.1.identity.norm.weight"));
}

#[test]
fn every_gradient_is_the_processors() {
    on_emulated("every_gradient_is_the_processors", 1, || {
        for family in FAMILIES {
            let small = Small::new(family, 8, 8);
            let (mut here, mut there) = (small.session(1), small.session(1));
            here.run_epoch(&mut Backend::Processor, |_, _| ()).unwrap();
            there.run_epoch(&mut gpus(&[0], Precision::F32), |_, _| ()).unwrap();
            let (here, there) = (here.checkpoint().unwrap(), there.checkpoint().unwrap());
            let mut compared = 0;
            for name in here.tensors.keys().filter(|name| name.starts_with("moments.first.")) {
                let off = apart(&values(&there, name), &values(&here, name));
                assert!(off < 1e-4, "{family:?} {name}: {off}");
                compared += 1;
            }
            for name in here.tensors.keys().filter(|name| name.contains("running")) {
                let off = apart(&values(&there, name), &values(&here, name));
                assert!(off < 1e-4, "{family:?} {name}: {off}");
            }
            assert!(compared > 15, "{compared}");
        }
    });
}

#[test]
fn losses_are_the_processors_for_twenty_steps() {
    on_emulated("losses_are_the_processors_for_twenty_steps", 1, || {
        for family in FAMILIES {
            // The first steps of a training of ten epochs: the rate rises, as it does in every recipe.
            let small = Small::new(family, 160, 8);
            let here = small.losses(&mut Backend::Processor, 10, 1);
            let there = small.losses(&mut gpus(&[0], Precision::F32), 10, 1);
            let off = furthest(&here, &there);
            println!("{family:?}: {off}");
            assert!(here.len() == 20 && off < 1e-3, "{family:?}: {here:?} {there:?}");
        }
    });
}

/// Films to learn from in the whole archive.
const FILMS: f64 = 5_232.0;

/// The chest's own recipe on real films, as many as twenty steps take; its rate rises as slowly as with all of them.
#[test]
fn a_real_recipe_has_the_processors_losses_for_twenty_steps() {
    on_emulated("a_real_recipe_has_the_processors_losses_for_twenty_steps", 1, || {
        let Some(start) = support::file("efficientnet-lite0-imagenet.safetensors") else { return };
        let Some(mut films) = support::data("chest-pneumonia.zip") else { return };
        let mut recipe: Recipe = toml::from_str(include_str!("../recipes/chest-pneumonia.toml")).unwrap();
        films.samples.retain(|film| film.split == "train");
        // Every seventh of the whole archive; of a part of it, packed for another machine, more.
        let every = (films.samples.len() / 740).max(1);
        films.samples = films.samples.into_iter().step_by(every).collect();
        recipe.training.warm_up *= FILMS / films.samples.len() as f64;
        recipe.training.epochs *= 7;
        (recipe.validation.acquisition, recipe.validation.disturbed_copies) = (None, 0);
        let start = std::fs::read(start).unwrap();
        let session = || Session::new(recipe.clone(), &films, Some(&start), &|_| ()).unwrap();
        let here = losses(session(), &mut Backend::Processor, 1);
        let there = losses(session(), &mut gpus(&[0], Precision::F32), 1);
        let off = furthest(&here, &there);
        println!("{} steps, at most {off} apart", here.len());
        assert!(here.len() == there.len() && here.len() >= 20 && off < 1e-3, "{here:?} {there:?}");
    });
}

#[test]
fn sixteen_bits_learn_what_thirty_two_do() {
    on_emulated("sixteen_bits_learn_what_thirty_two_do", 1, || {
        for family in FAMILIES {
            let small = Small::new(family, 160, 8);
            let wide = small.losses(&mut gpus(&[0], Precision::F32), 10, 1);
            let narrow = small.losses(&mut gpus(&[0], Precision::Bf16), 10, 1);
            let off = furthest(&wide, &narrow);
            println!("{family:?}: {off}");
            // A mantissa of eight bits through a dozen layers.
            assert!(narrow.len() == 20 && off < 0.06, "{family:?}: {wide:?} {narrow:?}");
        }
    });
}

#[test]
fn the_same_seed_gives_the_same_curve() {
    on_emulated("the_same_seed_gives_the_same_curve", 1, || {
        let small = Small::new(OUTLINE, 40, 8);
        let run = || {
            let mut session = small.session(2);
            let mut machine = gpus(&[0], Precision::Bf16);
            let reports = [(); 2].map(|()| session.run_epoch(&mut machine, |_, _| ()).unwrap());
            let reports = reports.map(|report| EpochReport { busy: None, ..report });
            (reports, all(&session.checkpoint().unwrap()))
        };
        assert_eq!(run(), run());
    });
}

#[test]
fn two_gpus_learn_what_one_learns_in_two_parts() {
    on_emulated("two_gpus_learn_what_one_learns_in_two_parts", 2, || {
        for family in [RESIDUAL, OUTLINE] {
            let small = Small::new(family, 64, 16);
            let run = |machine: &mut Backend| {
                let mut session = small.session(3);
                session.run_epoch(machine, |_, _| ()).unwrap();
                session.checkpoint().unwrap()
            };
            // What half of a batch takes is not enough for the whole.
            let mut two = gpus(&[0, 1], Precision::F32);
            let together = run(&mut two);
            let Backend::Gpus(used) = &two else { unreachable!() };
            let (turns, taken) = used.shares().unwrap();
            assert_eq!(turns, 1);
            let limit = Some(taken + taken / 4);
            let mut one = Backend::Gpus(Box::new(Gpus::open(&[0], Precision::F32, limit).unwrap()));
            let alone = run(&mut one);
            let Backend::Gpus(used) = &one else { unreachable!() };
            assert_eq!(used.shares().unwrap().0, 2);
            // Running statistics are those of the first GPU, which saw one half only.
            for name in together.tensors.keys().filter(|name| !name.contains("running")) {
                let off = apart(&values(&together, name), &values(&alone, name));
                assert!(off < 1e-4, "{family:?} {name}: {off}");
            }
        }
    });
}

#[test]
fn what_began_on_one_goes_on_on_the_other() {
    on_emulated("what_began_on_one_goes_on_on_the_other", 1, || {
        let small = Small::new(RESIDUAL, 32, 8);
        let gpu = || gpus(&[0], Precision::F32);
        let mut ends = Vec::new();
        for machines in [
            [Backend::Processor, Backend::Processor],
            [Backend::Processor, gpu()],
            [gpu(), Backend::Processor],
        ] {
            let mut kept: Option<Vec<u8>> = None;
            for mut machine in machines {
                // As two runs of the program: only the checkpoint's bytes go from one to the other.
                let mut session = small.session(2);
                if let Some(bytes) = &kept {
                    session.resume(&Checkpoint::from_bytes(bytes).unwrap()).unwrap();
                }
                session.run_epoch(&mut machine, |_, _| ()).unwrap();
                kept = Some(session.checkpoint().unwrap().to_bytes().unwrap());
            }
            let end = Checkpoint::from_bytes(&kept.unwrap()).unwrap();
            assert_eq!((end.progress.epoch, end.progress.steps), (2, 8));
            ends.push(end);
        }
        for end in &ends[1..] {
            for name in end.tensors.keys().filter(|name| name.starts_with("average.")) {
                let off = apart(&values(end, name), &values(&ends[0], name));
                assert!(off < 1e-3, "{name}: {off}");
            }
        }
    });
}

#[test]
fn images_that_grow_are_learned_and_read_at_each_size() {
    on_emulated("images_that_grow_are_learned_and_read_at_each_size", 1, || {
        let small = Small::new(LITE0, 32, 8);
        let run = |machine: &mut Backend| {
            let mut session = small.session_with(3, |recipe| recipe.training.first_side = Some(16));
            [(); 3].map(|()| session.run_epoch(machine, |_, _| ()).unwrap())
        };
        let (here, there) = (run(&mut Backend::Processor), run(&mut gpus(&[0], Precision::F32)));
        for (here, there) in here.iter().zip(&there) {
            let off = (here.loss - there.loss).abs();
            // The scores are ranks of logits: near ties may fall either way.
            let scores = [(here.auc, there.auc), (here.disturbed_auc, there.disturbed_auc)];
            assert!(off < 1e-2 && scores.iter().all(|(a, b)| (a - b).abs() < 0.1), "{here:?} {there:?}");
            assert!(there.busy.is_some_and(|share| share > 0.0 && share <= 1.0) && here.busy.is_none());
        }
    });
}

#[test]
fn what_is_no_number_any_more_ends_a_training() {
    on_emulated("what_is_no_number_any_more_ends_a_training", 1, || {
        for precision in [Precision::F32, Precision::Bf16] {
            // A rate at which no network of this kind keeps its weights.
            let small = Small::new(LITE0, 64, 8);
            let mut session = small.session_with(2, |recipe| {
                (recipe.training.learning_rate, recipe.training.warm_up) = (1e30, 0.0);
            });
            let error = session.run_epoch(&mut gpus(&[0], precision), |_, _| ()).unwrap_err().to_string();
            assert!(error.contains("lower learning rate"), "{precision:?}: {error}");
        }
    });
}

/// A copy of the companion by itself: beside the built one real libraries of CUDA may lie, which it would find first.
fn companion() -> &'static PathBuf {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| {
        let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("lantern-alone");
        std::fs::copy(env!("CARGO_BIN_EXE_lantern"), &copy).unwrap();
        copy
    })
}

/// The companion with these libraries in CUDA's place, or with the machine's own, and what it said.
fn lantern(
    arguments: &[&str],
    libraries: Option<&Path>,
    environment: &[(&str, &str)],
) -> (Option<i32>, String) {
    let mut command = Command::new(companion());
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).envs(environment.iter().copied());
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_the_machine_lacks_is_said_with_status_two_before_anything_is_read() {
    let Some(all) = emulated::libraries() else { return };
    let folder = tempfile::tempdir().unwrap();
    let driver_only = folder.path().join("driver");
    std::fs::create_dir(&driver_only).unwrap();
    std::os::unix::fs::symlink(all.join("libcuda.so.1"), driver_only.join("libcuda.so")).unwrap();
    let nothing = folder.path().join("nothing");
    let asked = ["train", "no-such-recipe.toml", "--data", "x", "--out", "y", "--device", "cuda"];
    let with = |more: &'static [&'static str]| [&asked[..], more].concat();
    let mut cases = vec![
        (with(&[]), all.as_path(), vec![("EMULATED_CUDA_DEVICES", "0")], "finds no GPU"),
        (with(&[]), all, vec![("EMULATED_CUDA_DRIVER", "11040")], "for CUDA 11.4, 12.8 is the oldest"),
        (with(&["--devices", "2"]), all, vec![], "there is no GPU number 2: this machine has 1"),
        (with(&["--devices", "0,0"]), all, vec![], "GPU 0 is named twice"),
        (with(&["--memory", "0"]), all, vec![], "--memory takes a number of GiB above 0"),
    ];
    // Where the machine itself has CUDA, it lacks nothing.
    if !Path::new("/usr/local/cuda").exists() {
        cases.push((with(&[]), &driver_only, vec![], "libnvrtc was not found; install it with `make cuda`"));
    }
    if !Path::new("/dev/nvidiactl").exists() {
        cases.push((with(&[]), &nothing, vec![], "no NVIDIA driver is installed"));
    }
    for (arguments, libraries, environment, words) in cases {
        let (code, said) = lantern(&arguments, Some(libraries), &environment);
        assert!(code == Some(2) && said.contains(words), "{arguments:?}: {code:?} {said}");
        assert!(said.lines().count() == 1 || !said.contains("panicked"), "{said}");
    }
}

#[test]
fn the_command_trains_on_a_gpu_and_says_how_busy_it_was() {
    let Some(cuda) = emulated::for_a_program() else { return };
    let small = Small::new(RESIDUAL, 32, 8);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("recipe.toml"), toml::to_string(&small.recipe(2)).unwrap()).unwrap();
    std::fs::copy("models/extractor.safetensors", path("extractor.safetensors")).unwrap();
    let data = small.data().to_string_lossy().into_owned();
    let (recipe, out, checkpoints) = (path("recipe.toml"), path("drawings"), path("checkpoints"));
    let asked = [
        "train",
        &recipe,
        "--data",
        &data,
        "--out",
        &out,
        "--checkpoints",
        &checkpoints,
        "--device",
        "cuda",
        "--resume",
    ];
    let (code, said) = lantern(&asked, cuda, &[]);
    assert_eq!(code, Some(0), "{said}");
    for words in ["in Bf16", "images/s, GPU busy", "epoch 2: loss", "wrote"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // The bundle answers on the processor as its known answers say.
    let (code, said) = lantern(&["bundle", "verify", &out], cuda, &[]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = lantern(&[&asked[..], &["--memory", "0.0001"]].concat(), cuda, &[]);
    // Finished already: nothing needs memory.
    assert!(code == Some(0) && said.contains("going on after epoch 2"), "{said}");
    // Begun anew, and a bundle is never overwritten unasked.
    std::fs::remove_dir_all(&checkpoints).unwrap();
    std::fs::remove_dir_all(&out).unwrap();
    let (code, said) = lantern(&[&asked[..], &["--memory", "0.0001"]].concat(), cuda, &[]);
    assert!(code == Some(1) && said.contains("give --memory a larger number"), "{code:?} {said}");
}

#[test]
fn a_sweep_learns_on_a_gpu_from_one_choice_to_the_next() {
    let Some(cuda) = emulated::for_a_program() else { return };
    let small = Small::new(RESIDUAL, 32, 8);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("recipe.toml"), toml::to_string(&small.recipe(2)).unwrap()).unwrap();
    // The second choice is another network, and the third another batch.
    let knobs = "'network.side' = [32, 48]\n'training.batch' = [8, 16]";
    let text = format!("recipe = 'recipe.toml'\nseeds = [1]\nrungs = [1]\nkeep = 0.5\n[knobs]\n{knobs}\n");
    std::fs::write(path("sweep.toml"), text).unwrap();
    std::fs::create_dir(path("out")).unwrap();
    std::fs::copy("models/extractor.safetensors", path("out/extractor.safetensors")).unwrap();
    let data = small.data().to_string_lossy().into_owned();
    let (sweep, out) = (path("sweep.toml"), path("out"));
    let (code, said) =
        lantern(&["sweep", &sweep, "--data", &data, "--out", &out, "--device", "cuda"], cuda, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("GPU busy").count(), 6, "{said}");
    assert!(said.contains("2 of 4 choices go on") && said.contains("the best is"), "{said}");
}
