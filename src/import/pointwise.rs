//! Functions of one number, told by their values: whatever operators an exporter wrote an activation with, its values are the same.

use crate::kernels::Activation;

/// At how many evenly spaced numbers a function is looked at.
const PROBES: usize = 97;
/// And at these and their negatives: a limit far out is none that an activation has.
const FAR: [f64; 9] = [20.0, 50.0, 1e2, 300.0, 1e3, 5e3, 3e4, 1e5, 1e6];
/// How far the values may lie apart, as a share of one more than they are: constants in files are rounded to f32.
const NEAR: f64 = 1e-5;

const ACTIVATIONS: [Activation; 7] = [
    Activation::Relu,
    Activation::Relu6,
    Activation::HardSwish,
    Activation::HardSigmoid,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Gelu,
];

/// A function of one number, and the operators that it was made of, for messages.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pointwise {
    values: Vec<f64>,
    operators: Vec<String>,
}

/// What a function is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Known {
    /// `scale * x + shift`.
    Line {
        scale: f64,
        shift: f64,
    },
    Activation(Activation),
}

/// From -12 to 12, and no kink of an activation among them.
fn probe(index: usize) -> f64 {
    (index as f64 - (PROBES / 2) as f64) * 0.25 + 0.03
}

/// All numbers that a function is looked at.
fn probes() -> impl Iterator<Item = f64> {
    (0..PROBES).map(probe).chain(FAR.into_iter().flat_map(|far| [far, -far]))
}

impl Pointwise {
    pub fn identity() -> Self {
        Self { values: probes().collect(), operators: Vec::new() }
    }

    pub fn is_identity(&self) -> bool {
        self.values.iter().copied().eq(probes())
    }

    pub fn map(&self, operator: &str, function: impl Fn(f64) -> f64) -> Self {
        let values = self.values.iter().map(|value| function(*value)).collect();
        Self { values, operators: self.operators_and(&[], operator) }
    }

    pub fn join(&self, other: &Self, operator: &str, function: impl Fn(f64, f64) -> f64) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(a, b)| function(*a, *b)).collect();
        Self { values, operators: self.operators_and(&other.operators, operator) }
    }

    fn operators_and(&self, others: &[String], last: &str) -> Vec<String> {
        let all = self.operators.iter().chain(others).map(String::as_str).chain([last]);
        let mut names: Vec<String> = Vec::new();
        for name in all {
            if !names.iter().any(|known| known == name) && names.len() < 8 {
                names.push(name.into());
            }
        }
        names
    }

    /// The operators that it was made of.
    pub fn operators(&self) -> String {
        self.operators.join(", ")
    }

    /// What it is, if networks here can compute it.
    pub fn known(&self) -> Option<Known> {
        self.line().or_else(|| {
            let is = |activation: &&Activation| {
                let mut own: Vec<f32> = probes().map(|x| x as f32).collect();
                activation.apply(&mut own);
                own.iter().zip(&self.values).all(|(own, value)| near(*value, f64::from(*own)))
            };
            ACTIVATIONS.iter().find(is).copied().map(Known::Activation)
        })
    }

    fn line(&self) -> Option<Known> {
        let (first, last) = (self.values.first()?, self.values.get(PROBES - 1)?);
        let scale = (last - first) / (probe(PROBES - 1) - probe(0));
        let shift = first - scale * probe(0);
        let all = probes().zip(&self.values).all(|(x, value)| near(*value, scale * x + shift));
        all.then_some(Known::Line { scale, shift })
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR * (1.0 + b.abs())
}

/// A function of one number by the name of its operator; those with attributes or a second input stand elsewhere.
pub(super) fn unary(operator: &str) -> Option<fn(f64) -> f64> {
    Some(match operator {
        "Abs" => f64::abs,
        "Ceil" => f64::ceil,
        "Cos" => f64::cos,
        "Erf" => erf,
        "Exp" => f64::exp,
        "Floor" => f64::floor,
        "HardSwish" => |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        "Log" => f64::ln,
        "Mish" => |x| x * x.exp().ln_1p().tanh(),
        "Neg" => |x| -x,
        "Not" => |x| f64::from(x == 0.0),
        "Reciprocal" => |x| 1.0 / x,
        "Relu" => |x| x.max(0.0),
        "Round" => f64::round_ties_even,
        "Sigmoid" => |x| 1.0 / (1.0 + (-x).exp()),
        "Sin" => f64::sin,
        "Softplus" => |x| x.exp().ln_1p(),
        "Softsign" => |x| x / (1.0 + x.abs()),
        "Sqrt" => f64::sqrt,
        "Tanh" => f64::tanh,
        _ => return None,
    })
}

/// The error function, to 1e-12: its Taylor series near zero, a continued fraction of its complement beyond (Abramowitz and Stegun 1964,
/// 7.1.6 and 7.1.14).
pub(super) fn erf(x: f64) -> f64 {
    let square = x * x;
    if x.abs() < 3.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for n in 1..80 {
            term *= 2.0 * square / f64::from(2 * n + 1);
            sum += term;
        }
        return 2.0 / std::f64::consts::PI.sqrt() * x * (-square).exp() * sum;
    }
    let mut below = x.abs();
    for n in (1..60).rev() {
        below = x.abs() + f64::from(n) / 2.0 / below;
    }
    (1.0 - (-square).exp() / below / std::f64::consts::PI.sqrt()).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(function: impl Fn(f64) -> f64) -> Option<Known> {
        Pointwise::identity().map("it", function).known()
    }

    #[test]
    fn the_error_function_has_its_published_values() {
        for (x, y) in [(0.0, 0.0), (0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.9, 0.999_958_902_1)] {
            assert!((erf(x) - y).abs() < 1e-9 && (erf(-x) + y).abs() < 1e-9, "{x}: {}", erf(x));
        }
        assert!((erf(3.5) - 0.999_999_256_9).abs() < 1e-9 && erf(20.0) == 1.0);
    }

    #[test]
    fn an_activation_is_known_however_it_is_written() {
        let x = Pointwise::identity();
        let gate = x.map("Add", |x| x + 3.0).map("Clip", |x| x.clamp(0.0, 6.0)).map("Div", |x| x / 6.0);
        let swish = x.join(&gate, "Mul", |a, b| a * b);
        assert_eq!(swish.known(), Some(Known::Activation(Activation::HardSwish)));
        assert_eq!(swish.operators(), "Add, Clip, Div, Mul");
        let half = x.map("Div", |x| x / f64::from(std::f32::consts::SQRT_2)).map("Erf", erf);
        let gelu = half.map("Add", |x| x + 1.0).join(&x, "Mul", |a, b| a * b).map("Mul", |x| x * 0.5);
        assert_eq!(gelu.known(), Some(Known::Activation(Activation::Gelu)));
        let silu = x.map("Sigmoid", unary("Sigmoid").unwrap()).join(&x, "Mul", |a, b| a * b);
        assert_eq!(silu.known(), Some(Known::Activation(Activation::Silu)));
        assert_eq!(known(|x| x.clamp(0.0, 6.0)), Some(Known::Activation(Activation::Relu6)));
        let Some(Known::Line { scale, shift }) = known(|x| 2.0 * x - 1.0) else { panic!() };
        assert!((scale - 2.0).abs() < 1e-9 && (shift + 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_only_looks_like_an_activation_is_not_one() {
        // The approximation of GELU by tanh is up to 5e-4 away.
        let tanh = |x: f64| 0.5 * x * (1.0 + (0.797_884_560_8 * (x + 0.044_715 * x.powi(3))).tanh());
        assert_eq!(known(tanh), None);
        assert_eq!(known(|x| if x < 0.0 { 0.01 * x } else { x }), None);
        assert_eq!(known(|x| x / (1.0 + (-1.702 * x).exp())), None);
        assert_eq!(known(f64::exp), None);
        for high in [20.0, 100.0, 2000.0, 65504.0] {
            assert_eq!(known(|x| x.clamp(0.0, high)), None, "{high}");
            assert_eq!(known(|x| x.clamp(-high, high)), None, "{high}");
        }
    }
}
