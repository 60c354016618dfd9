//! `lantern bundle import`.

use super::folder;
use super::train::open_all;
use crate::about::About;
use crate::examination::Purpose;
use crate::fingerprint::sha256;
use crate::import::{self, Beside, Ending, Imported, Options};
use crate::kernels::Shape;
use crate::learn::{self, Adopted, Labelled};
use crate::messages::fault::import as fault;
use crate::messages::{card, command};
use crate::model::{Input, Views, WEIGHTS, Weights, to_onnx};
use crate::preprocess::resize::{InputSpec, ResizeMode};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The mean and the standard deviation of ImageNet's images, which most networks began with: of red, green and blue.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// Pixels a side that the named families were trained with.
const SIDE: usize = 224;

/// What is imported, and what its file does not say.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The network, from one image to one logit or probability for each class: ONNX, or PyTorch's weights as safetensors.
    file: PathBuf,
    /// The family that PyTorch's weights are of: densenet121, resnet18, efficientnet_b0, ...
    #[arg(long)]
    family: Option<String>,
    /// The bundle's folder; its name becomes the bundle's.
    #[arg(long)]
    out: PathBuf,
    /// What each output stands for, in their order: A,B,...
    #[arg(long, required = true, value_delimiter = ',')]
    labels: Vec<String>,
    /// Each label is judged by itself, so that an image can have several; a file that ends with a sigmoid says so itself.
    #[arg(long)]
    multi_label: bool,
    /// Pixels a side, for files that take images of any size, and for weights without a network [default for these: 224]
    #[arg(long)]
    input: Option<usize>,
    /// Which output has the classes, for files with several.
    #[arg(long)]
    output: Option<String>,
    /// How an image becomes square.
    #[arg(long, value_parser = resize_mode, default_value = "squash")]
    resize: ResizeMode,
    /// Subtracted from values of 0 to 1, one a channel [default: ImageNet's]
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    mean: Vec<f32>,
    /// Divided by afterwards, one a channel [default: ImageNet's]
    #[arg(long, value_delimiter = ',')]
    std: Vec<f32>,
    /// Instead of mean and std: what black and white are to the network, such as -1024,1024
    #[arg(long, value_delimiter = ',', num_args = 1, allow_hyphen_values = true, conflicts_with_all = ["mean", "std"])]
    range: Vec<f32>,
    /// Labelled images that the network has not learned from: temperature, operating point and gate are fitted on them. As for train; with
    /// --multi-label, the manifest has a column of 1 and 0 for each label.
    #[arg(long)]
    calibrate: Vec<PathBuf>,
    /// The labels that together are the finding [default: the second of two; of more, nothing is suspected]
    #[arg(long, value_delimiter = ',')]
    finding: Vec<String>,
    /// What the bundle says of itself, a TOML file with the keys of `about` in a recipe.
    #[arg(long)]
    about: Option<PathBuf>,
}

fn resize_mode(text: &str) -> Result<ResizeMode, String> {
    let quoted = serde_json::Value::String(text.into());
    serde_json::from_value(quoted).map_err(|_| command::import::resize(text))
}

/// Reads the network, compares it with another runtime, and writes its bundle.
pub fn import(args: ImportArgs) -> Result<ExitCode> {
    let id = bundle_id(&args.out)?;
    let (bytes, beside) = read(&args.file, args.family.is_none())?;
    let imported = network(&args, &bytes, &beside)?;
    let classes = imported.graph.head.classes;
    ensure!(args.labels.len() == classes, fault::labels(args.labels.len(), classes));
    ensure!(!(args.multi_label && imported.ending == Ending::Softmax), fault::SOFTMAX);
    let is_repeated = |label: &String| args.labels.iter().filter(|other| *other == label).count() > 1;
    if let Some(label) = args.labels.iter().find(|label| label.trim().is_empty() || is_repeated(label)) {
        bail!(fault::label(label));
    }
    let is_multi_label = args.multi_label || imported.ending == Ending::Sigmoid;
    if let ([label], false) = (args.labels.as_slice(), is_multi_label) {
        bail!(fault::one_label(label));
    }
    let input = input(&args, &imported)?;
    println!("{}", command::import::read(imported.graph.nodes.len(), imported.graph.weight_count()?));

    let weights = learn::halved(&imported.weights)?;
    let rounded = Weights::from_safetensors(WEIGHTS, &weights)?;
    let file = (file_name(&args.file), sha256(&bytes));
    // Of weights alone, what we write of them is what can be run elsewhere.
    let bytes = match args.family {
        Some(_) => to_onnx(&id, &imported.graph, &imported.weights)?,
        None => bytes,
    };
    let agreement = import::agree(&imported, &rounded, (bytes, &beside), &input.range())?;
    println!("{}", command::import::agrees(agreement.apart, agreement.rounded_apart));
    ensure!(!agreement.is_lost_by_rounding(), fault::lost_by_rounding(agreement.rounded_apart));
    let moved = agreement.is_moved_by_rounding().then(|| card::adopted::moved(agreement.rounded_apart));
    moved.iter().for_each(|moved| eprintln!("{moved}"));

    let extractor = folder::extractor(folder::beside(&args.out))?;
    let labelled = labelled(&args, &extractor, is_multi_label)?;
    let about = args.about.as_deref().map(|file| about(file, &id)).transpose()?;
    let is_checked = labelled.is_some();
    let graph = imported.graph;
    let limits = moved.into_iter().collect();
    let adopted = Adopted { id, about, limits, labels: args.labels, input, graph, is_multi_label, file };
    folder::write(&args.out, &learn::adopt(adopted, weights, labelled)?)?;
    println!("{}", command::file::wrote(&args.out));
    if !is_checked {
        eprintln!("{}", command::import::UNCHECKED);
    }
    Ok(ExitCode::SUCCESS)
}

fn network(args: &ImportArgs, bytes: &[u8], beside: &Beside) -> Result<Imported> {
    Ok(match &args.family {
        Some(family) => {
            let side = args.input.unwrap_or(SIDE);
            import::state_dict(bytes, family, Shape { height: side, width: side, channels: 3 })?
        }
        None => import::onnx(bytes, beside, &Options { side: args.input, output: args.output.clone() })?,
    })
}

/// The folder's name, if a bundle can have it.
fn bundle_id(out: &Path) -> Result<String> {
    let id = file_name(out);
    let is_proper = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    ensure!(!id.is_empty() && id.chars().all(is_proper), fault::id(&id));
    Ok(id)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The file, and, of ONNX, the files beside it that it names.
fn read(path: &Path, is_onnx: bool) -> Result<(Vec<u8>, Beside)> {
    let whole = |path: &Path| -> Result<Vec<u8>> {
        // A link could lead out of the folder.
        let size = std::fs::symlink_metadata(path).with_context(|| command::file::cannot_be_read(path))?;
        ensure!(
            size.is_file() && size.len() <= import::MOST_BYTES,
            command::import::not_read(path, import::MOST_BYTES)
        );
        std::fs::read(path).with_context(|| command::file::cannot_be_read(path))
    };
    let bytes = whole(&std::fs::canonicalize(path).with_context(|| command::file::cannot_be_read(path))?)?;
    let mut beside = Beside::new();
    let names = if is_onnx { import::files_beside(&bytes)? } else { Vec::new() };
    for name in names {
        beside.insert(name.clone(), whole(&path.with_file_name(&name))?);
    }
    Ok((bytes, beside))
}

fn input(args: &ImportArgs, imported: &Imported) -> Result<Input> {
    let size = &imported.graph.input;
    let spec = InputSpec { side: size.width as u32, channels: size.channels as u32, resize: args.resize };
    let default = |usual: [f32; 3]| match size.channels {
        1 => vec![usual.iter().sum::<f32>() / 3.0],
        _ => usual.to_vec(),
    };
    let or = |given: &[f32], usual| if given.is_empty() { default(usual) } else { given.to_vec() };
    let (mean, std) = match args.range.as_slice() {
        // x * (high - low) + low, as a mean and a deviation.
        &[low, high] => {
            let width = high - low;
            (vec![-low / width; size.channels], vec![1.0 / width; size.channels])
        }
        [] => (or(&args.mean, MEAN), or(&args.std, DEVIATION)),
        _ => bail!(fault::normalisation(size.channels)),
    };
    let fits =
        [&mean, &std].iter().all(|all| all.len() == size.channels && all.iter().all(|v| v.is_finite()));
    ensure!(fits && std.iter().all(|deviation| *deviation > 0.0), fault::normalisation(size.channels));
    Ok(Input { spec, mean, std, views: Views::Plain })
}

fn labelled<'a>(
    args: &ImportArgs,
    extractor: &'a crate::model::Extractor,
    is_multi_label: bool,
) -> Result<Option<Labelled<'a>>> {
    for finding in &args.finding {
        ensure!(args.labels.contains(finding), crate::messages::fault::learn::finding(finding, &args.labels));
    }
    if args.calibrate.is_empty() {
        return Ok(None);
    }
    // Of several kinds none is suspected, unless a finding is named.
    let is_naming = args.finding.is_empty() && args.labels.len() > 2 && !is_multi_label;
    let purpose = if is_naming { Purpose::Naming } else { Purpose::Balanced };
    let last = || args.labels.last().cloned().into_iter().collect();
    let finding = if args.finding.is_empty() { last() } else { args.finding.clone() };
    Ok(Some(Labelled { dataset: open_all(&args.calibrate)?, extractor, finding, purpose }))
}

fn about(file: &Path, id: &str) -> Result<About> {
    let text = std::fs::read_to_string(file).with_context(|| command::file::cannot_be_read(file))?;
    let about: About = toml::from_str(&text).with_context(|| command::import::not_about(file))?;
    ensure!(about.id == id, command::import::other_id(&about.id, id));
    Ok(about)
}
