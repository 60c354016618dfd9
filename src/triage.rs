//! How soon somebody should see a doctor: by what they say of themselves, by a published rule, and by what a model found. The advice is
//! the maximum of both, so that a low score never makes anything less urgent: three in four people do what a device says (Kopka and
//! others, JMIR Human Factors 2022;9:e35219). Answers never change a model's score.

use crate::examination::Verdict;
use crate::scope::Scope;

/// How soon to see a doctor, the least urgent first. There is no "never".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// If one is worried, or it changes.
    IfWorried,
    /// Within two weeks: NICE's pathway for suspected cancer.
    TwoWeeks,
    /// Today.
    Today,
    /// An ambulance, now.
    Emergency,
}

/// What somebody says of a sign, the least worrying first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reply {
    /// It is not there.
    No,
    /// They cannot tell. It counts as yes: then a doctor should look.
    NotSure,
    /// It is there.
    Yes,
}

/// What a picture is of, which decides what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A spot on the skin.
    Skin,
    /// A film of the chest.
    Chest,
    /// A slice of a head.
    Head,
    /// A breast.
    Breast,
    /// The eye's ground.
    Eye,
    /// Blood under a microscope.
    Blood,
    /// Whatever else a bundle may be for.
    Other,
}

/// Where a picture for a bundle comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The user's phone, as it is.
    Phone,
    /// The user's phone, with a dermatoscope on its lens.
    Dermatoscope,
    /// A doctor or a hospital.
    Doctor,
}

/// A sign that somebody can tell of themselves. The words stand in `messages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of each stand in `messages::page::self_check::sign`")]
pub enum Sign {
    // The weighted 7-point checklist.
    SizeChanged,
    ShapeIrregular,
    ColourIrregular,
    WideAs7Mm,
    Inflamed,
    Oozing,
    FeelsDifferent,
    // What the checklist does not see.
    UnderNail,
    PalmOrSole,
    NotHealing,
    GrowingBump,
    StrongWorry,
    // Signs of danger.
    HardToBreathe,
    BlueLips,
    ConfusedOrFits,
    ChildCannotDrink,
    ChestPainOrBlood,
    FaceArmSpeech,
    WorstHeadache,
    HeadacheAndVomiting,
    BreastLump,
    BreastChanged,
    BreastHotAndFever,
    SightLost,
    FlashesOrShadow,
    EyeRedAndPainful,
    FeverAfterTravel,
    YellowOrDarkUrine,
    HeavyBleeding,
}

/// What a sign counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Points of the checklist.
    Points(u8),
    /// By itself it asks for a doctor this soon.
    Alone(Urgency),
}

/// From so many points on, NICE NG12 (section 1.7, melanoma of the skin) has somebody seen within two weeks.
pub const POINTS_FOR_TWO_WEEKS: u8 = 3;

impl Topic {
    /// What the pictures of a bundle are of, as its card says.
    pub fn of(scope: &Scope) -> Self {
        let has = |list: &[String], words: &[&str]| list.iter().any(|one| words.contains(&one.as_str()));
        let parts = |words: &[&str]| has(&scope.body_parts, words);
        match () {
            () if parts(&["SKIN"]) || has(&scope.modalities, &["DMS"]) => Self::Skin,
            () if parts(&["CHEST", "THORAX", "LUNG"]) => Self::Chest,
            () if parts(&["BRAIN", "HEAD", "SKULL"]) => Self::Head,
            () if parts(&["BREAST"]) => Self::Breast,
            () if parts(&["EYE", "RETINA", "FUNDUS"]) => Self::Eye,
            () if has(&scope.modalities, &["GM", "SM"]) => Self::Blood,
            () => Self::Other,
        }
    }

    /// What is asked one at a time: the weighted 7-point checklist (NICE NG12; MacKie 1990), for skin.
    pub fn checklist(self) -> &'static [Sign] {
        use Sign::*;
        match self {
            Self::Skin => {
                &[SizeChanged, ShapeIrregular, ColourIrregular, WideAs7Mm, Inflamed, Oozing, FeelsDifferent]
            }
            _ => &[],
        }
    }

    /// What is asked together: signs that count by themselves. Their sources stand in `docs/self-check.md`.
    pub fn warning_signs(self) -> &'static [Sign] {
        use Sign::*;
        match self {
            Self::Skin => &[UnderNail, PalmOrSole, NotHealing, GrowingBump, StrongWorry],
            Self::Chest => {
                &[HardToBreathe, BlueLips, ConfusedOrFits, ChildCannotDrink, ChestPainOrBlood, StrongWorry]
            }
            Self::Head => &[FaceArmSpeech, ConfusedOrFits, WorstHeadache, HeadacheAndVomiting, StrongWorry],
            Self::Breast => &[BreastHotAndFever, BreastLump, BreastChanged, StrongWorry],
            Self::Eye => &[SightLost, FlashesOrShadow, EyeRedAndPainful, StrongWorry],
            Self::Blood => &[ConfusedOrFits, HardToBreathe, YellowOrDarkUrine, FeverAfterTravel, StrongWorry],
            Self::Other => &[HardToBreathe, FaceArmSpeech, ConfusedOrFits, HeavyBleeding, StrongWorry],
        }
    }

    /// How soon a doctor should see what a model suspects.
    fn if_suspected(self) -> Urgency {
        match self {
            // Pneumonia of a child and malaria get worse within a day.
            Self::Chest | Self::Blood => Urgency::Today,
            Self::Skin | Self::Head | Self::Breast | Self::Eye | Self::Other => Urgency::TwoWeeks,
        }
    }
}

impl Origin {
    /// Where a bundle's pictures come from, as its card says.
    pub fn of(scope: &Scope) -> Self {
        let has = |word: &str| scope.modalities.iter().any(|one| one == word);
        match Topic::of(scope) {
            // External-camera photography.
            Topic::Skin if has("XC") => Self::Phone,
            Topic::Skin => Self::Dermatoscope,
            _ => Self::Doctor,
        }
    }
}

impl Sign {
    /// What it counts for.
    pub fn weight(self) -> Weight {
        match self {
            Self::SizeChanged | Self::ShapeIrregular | Self::ColourIrregular => Weight::Points(2),
            Self::WideAs7Mm | Self::Inflamed | Self::Oozing | Self::FeelsDifferent => Weight::Points(1),
            Self::UnderNail
            | Self::PalmOrSole
            | Self::NotHealing
            | Self::GrowingBump
            | Self::StrongWorry
            | Self::HeadacheAndVomiting
            | Self::BreastLump
            | Self::BreastChanged => Weight::Alone(Urgency::TwoWeeks),
            Self::ChestPainOrBlood
            | Self::BreastHotAndFever
            | Self::FlashesOrShadow
            | Self::EyeRedAndPainful
            | Self::FeverAfterTravel
            | Self::YellowOrDarkUrine => Weight::Alone(Urgency::Today),
            Self::HardToBreathe
            | Self::BlueLips
            | Self::ConfusedOrFits
            | Self::ChildCannotDrink
            | Self::FaceArmSpeech
            | Self::WorstHeadache
            | Self::SightLost
            | Self::HeavyBleeding => Weight::Alone(Urgency::Emergency),
        }
    }
}

/// Points of the checklist.
pub fn points(replies: &[(Sign, Reply)]) -> u8 {
    let counted = replies.iter().filter(|(_, reply)| *reply > Reply::No);
    counted.fold(0, |sum, (sign, _)| match sign.weight() {
        Weight::Points(points) => sum.saturating_add(points),
        Weight::Alone(_) => sum,
    })
}

/// How soon by what somebody says of themselves alone.
pub fn by_signs(replies: &[(Sign, Reply)]) -> Urgency {
    let by_points = match points(replies) {
        POINTS_FOR_TWO_WEEKS.. => Urgency::TwoWeeks,
        _ => Urgency::IfWorried,
    };
    let counted = replies.iter().filter(|(_, reply)| *reply > Reply::No);
    counted.fold(by_points, |urgency, (sign, _)| match sign.weight() {
        Weight::Alone(alone) => urgency.max(alone),
        Weight::Points(_) => urgency,
    })
}

/// How soon by what a model found alone; `None` if it gave no answer. Only a suspicion makes anything more urgent; nothing makes it less.
pub fn by_finding(topic: Topic, verdict: Option<Verdict>) -> Urgency {
    match verdict {
        Some(Verdict::Suspected) => topic.if_suspected(),
        Some(Verdict::Unsure | Verdict::NotSuspected | Verdict::Named | Verdict::Withheld) | None => {
            Urgency::IfWorried
        }
    }
}

/// How soon: the more urgent of both.
pub fn advice(topic: Topic, replies: &[(Sign, Reply)], verdict: Option<Verdict>) -> Urgency {
    by_signs(replies).max(by_finding(topic, verdict))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOPICS: [Topic; 7] =
        [Topic::Skin, Topic::Chest, Topic::Head, Topic::Breast, Topic::Eye, Topic::Blood, Topic::Other];
    const REPLIES: [Reply; 3] = [Reply::No, Reply::NotSure, Reply::Yes];
    const VERDICTS: [Option<Verdict>; 6] = [
        None,
        Some(Verdict::Suspected),
        Some(Verdict::NotSuspected),
        Some(Verdict::Unsure),
        Some(Verdict::Named),
        Some(Verdict::Withheld),
    ];

    fn all_signs(topic: Topic) -> Vec<Sign> {
        [topic.checklist(), topic.warning_signs()].concat()
    }

    #[test]
    fn the_checklist_is_nices_for_every_combination() {
        // Two points for each of the first three, one for each of the others; three are enough.
        let signs = Topic::Skin.checklist();
        for combination in 0_u32..1 << signs.len() {
            let said = |at: usize| if combination >> at & 1 == 1 { Reply::Yes } else { Reply::No };
            let replies: Vec<_> = signs.iter().enumerate().map(|(at, sign)| (*sign, said(at))).collect();
            let major = (combination & 0b111).count_ones() * 2;
            let expected = major + (combination >> 3).count_ones();
            assert_eq!(u32::from(points(&replies)), expected);
            let urgency = if expected >= 3 { Urgency::TwoWeeks } else { Urgency::IfWorried };
            assert_eq!(by_signs(&replies), urgency, "{replies:?}");
        }
    }

    #[test]
    fn strong_concern_alone_is_enough_everywhere() {
        for topic in TOPICS {
            assert!(topic.warning_signs().contains(&Sign::StrongWorry), "{topic:?}");
            let replies = [(Sign::StrongWorry, Reply::Yes)];
            for verdict in VERDICTS {
                assert!(advice(topic, &replies, verdict) >= Urgency::TwoWeeks);
            }
        }
    }

    #[test]
    fn each_sign_that_counts_alone_is_enough_and_no_answer_calms() {
        for topic in TOPICS {
            for sign in topic.warning_signs() {
                let Weight::Alone(urgency) = sign.weight() else { continue };
                for verdict in VERDICTS {
                    assert!(
                        advice(topic, &[(*sign, Reply::Yes)], verdict) >= urgency,
                        "{sign:?} {verdict:?}"
                    );
                }
            }
            for verdict in VERDICTS {
                assert!(by_finding(topic, verdict) >= by_finding(topic, Some(Verdict::NotSuspected)));
            }
        }
    }

    #[test]
    fn cards_say_what_their_pictures_are_of_and_where_they_come_from() {
        let scope = |modalities: &[&str], parts: &[&str]| Scope {
            modalities: modalities.iter().map(|one| one.to_string()).collect(),
            body_parts: parts.iter().map(|one| one.to_string()).collect(),
            ..Scope::default()
        };
        let cases = [
            (scope(&["DMS"], &[]), Topic::Skin, Origin::Dermatoscope),
            (scope(&["XC"], &["SKIN"]), Topic::Skin, Origin::Phone),
            (scope(&["GM", "SM", "XC"], &[]), Topic::Blood, Origin::Doctor),
            (scope(&["CR", "DX"], &["CHEST", "THORAX"]), Topic::Chest, Origin::Doctor),
            (scope(&["OP"], &["EYE"]), Topic::Eye, Origin::Doctor),
            (scope(&["CT"], &["ABDOMEN"]), Topic::Other, Origin::Doctor),
        ];
        for (scope, topic, origin) in cases {
            assert_eq!((Topic::of(&scope), Origin::of(&scope)), (topic, origin), "{scope:?}");
        }
    }

    proptest! {
        #[test]
        fn a_graver_reply_or_finding_never_makes_it_less_urgent(
            topic in proptest::sample::select(&TOPICS[..]),
            said in proptest::collection::vec(proptest::sample::select(&REPLIES[..]), 12),
            verdict in proptest::sample::select(&VERDICTS[..]),
            graver in 0usize..12,
        ) {
            let replies: Vec<_> = all_signs(topic).into_iter().zip(said).collect();
            let urgency = advice(topic, &replies, verdict);
            // It is the maximum of both, so neither lowers the other.
            prop_assert!(urgency >= by_signs(&replies) && urgency >= by_finding(topic, verdict));
            prop_assert!(advice(topic, &replies, Some(Verdict::Suspected)) >= urgency);
            let mut more = replies.clone();
            if let Some((_, reply)) = more.get_mut(graver) {
                *reply = Reply::Yes;
            }
            prop_assert!(advice(topic, &more, verdict) >= urgency);
        }
    }
}
