//! The self-check: what a person without training reads, one question at a time. Short words, short sentences.

use crate::examination::{Answer, Verdict};
use crate::messages::{self, Audience};
use crate::text::number;
use crate::triage::{Sign, Urgency};

texts! {
    BACK_BUTTON = "Back";
    NEXT_BUTTON = "Next";
    START_AGAIN_BUTTON = "Start again";
    PROGRESS = "Progress";
    part(part: usize, of: usize) = "Part {part} of {of}";
    question_of(at: usize, of: usize) = "question {at} of {of}";

    // What to check.
    WHAT_TITLE = "What would you like to check?";
    WHAT_HINT = "The picture stays on this device. Nothing is sent. It takes about two minutes, and at the end you learn how soon to see a doctor.";
    ONE_MOMENT = "What this looks at is loading. Please wait a moment.";
    NOTHING_LOADED = "The list comes with the first model. Please wait a moment.";
    SKIN_CHOICE = "A spot on my skin";
    SKIN_HINT = "I answer questions, and can take a photo";
    GIVEN_CHOICES = "Or a picture that a doctor or a hospital gave me";

    // Before the picture.
    how_title(kind: &str) = "For {kind}";
    DO_NOT_WAIT = "Do not go on here, call an ambulance now, if:";
    NEEDS_DERMATOSCOPE = "The photo needs a dermatoscope: a lens with a light that is put on the phone and on the skin. A plain phone photo of skin does not work here. Without the lens, the questions alone tell how soon to see a doctor.";
    HAVE_DERMATOSCOPE_BUTTON = "I have the lens: take the photo";
    QUESTIONS_ONLY_BUTTON = "Go on with the questions only";
    TAKE_PHOTO_BUTTON = "Go on to the photo";
    CHOOSE_PICTURE_BUTTON = "Go on to the picture";
    SPOT_STEPS = "Clean the lens. Put it on the skin, with the spot in the middle. Hold still until the picture is sharp.";
    GIVEN_STEPS = "Have the picture file that the doctor gave you at hand: one file, not a photo of a screen or of a film.";
    for_whom(ages: &str) = "Is the picture of {ages}?";
    YES_BUTTON = "Yes";
    NO_BUTTON = "No";
    NOT_SURE_BUTTON = "Not sure";
    NOT_FOR_THESE = "The program is only for them. With \"No\" there are only questions.";
    TRIED_ON_TITLE = "How good is it?";
    tried_on(tried_on: &str) = "It was tried on {tried_on}.";
    missed(finding: &str, missed: &str, of: usize) = "Of {of} such pictures with {finding}, it missed about {missed}.";
    false_alarms(finding: &str, alarms: &str, of: usize) = "Of {of} such pictures without {finding}, it gave a false alarm for about {alarms}.";
    FEWER_THAN_ONE = "fewer than one";
    DARK_SKIN = "It learned mostly from light skin. On brown and black skin it is right less often.";
    OTHER_CAMERAS = "With other cameras, ages or hospitals it may be worse.";
    NOT_MEASURED = "How many it misses has not been counted.";

    // The picture.
    PICTURE_TITLE = "Take the photo";
    GIVEN_TITLE = "Choose the picture";
    CAMERA_BUTTON = "Use the camera";
    FILE_BUTTON = "Use a photo or a file";
    CHOOSE_FILE_BUTTON = "Choose the file";
    NO_CAMERA = "The camera cannot be used here: it was not allowed, or there is none. Use a photo or a file instead.";
    CAMERA_STARTS = "The camera starts.";
    PREVIEW = "What the camera sees";
    SHUTTER_BUTTON = "Take the photo";
    GOOD = "Good. Hold still and take the photo.";

    // The check of the picture.
    CHECK_TITLE_GOOD = "Is this the right picture?";
    CHECK_TITLE_BAD = "This picture will not do";
    CHECK_TITLE_DOUBTFUL = "Please look at this picture";
    CHECKING = "The picture is being checked.";
    YOUR_PICTURE = "Your picture";
    NOT_SHOWN = "This file cannot be shown here. The program may still be able to read it.";
    NO_PICTURE = "This file is not a picture that can be read here. Please use another one.";
    LOOKS_GOOD = "It is sharp and bright enough.";
    RETAKE_BUTTON = "Take another one";
    OTHER_FILE_BUTTON = "Choose another one";
    USE_BUTTON = "Use this picture";
    LAST_PICTURE_BUTTON = "Go on with the last picture";
    USE_ANYWAY_BUTTON = "Use it all the same";
    GIVEN_DOUBT = "If this is how the doctor gave it to you, you can go on. The answer may be wrong.";

    // Faults, each with what to do.
    DARK = "Too dark.";
    DARK_HINT = "Go to a window or turn on a lamp.";
    BRIGHT = "Too bright, or a reflection.";
    BRIGHT_HINT = "Turn away from the lamp or the sun, and take no flash.";
    EMPTY = "Nothing stands out in the picture.";
    EMPTY_HINT = "Put the spot in the middle. Look if a finger is on the lens.";
    BLURRED = "Not sharp.";
    BLURRED_HINT = "Hold still, rest your arm, and tap the spot on the screen.";
    FAR = "Too far away, or too small.";
    FAR_HINT = "Go closer, until the spot fills a third of the picture.";

    // Questions.
    SIGNS_TITLE = "Does one of these fit?";
    SIGNS_HINT = "Choose all that fit. If none fits, go on.";
    NOT_SURE_COUNTS = "\"Not sure\" counts as yes, so that a doctor can look.";

    // The result.
    RESULT_TITLE = "What to do now";
    WAITING_TITLE = "The picture is being looked at";
    WAITING = "This takes a few seconds.";
    MODEL_LATE = "The program is still on its way to this device.";
    EMERGENCY = "Call an ambulance now.";
    TODAY = "See a doctor today.";
    TWO_WEEKS = "See a doctor within two weeks.";
    IF_WORRIED = "See a doctor if you are worried, or if it changes.";
    EMERGENCY_MORE = "Do not wait and do not drive yourself. What you told us can be dangerous.";
    TODAY_MORE = "If no doctor is free today, go to a hospital. Take this page with you.";
    TWO_WEEKS_MORE = "Call today to get a date, and say why. Take this page with you.";
    IF_WORRIED_MORE = "This page can miss things. If anything gets worse, or does not go away, see a doctor, whatever stands here.";
    WHY_TITLE = "Why";
    by_points(points: u8) = "Your answers make {points} points on a list that doctors use for moles. From three points on, a doctor should look within two weeks.";
    few_points(points: u8) = "Your answers make {points} points on a list that doctors use for moles. From three points on, a doctor should look within two weeks; with less, a doctor should still look if you are worried.";
    BY_FINDING = "The program found signs in the picture that a doctor should see.";
    NO_SIGN = "You chose none of the warning signs.";
    said(sign: &str) = "You said: {sign}";
    SEEN_TITLE = "What was seen in the picture";
    NO_PICTURE_USED = "No picture was looked at. This advice comes from your answers alone.";
    SURE_TITLE = "How sure is that?";
    NOT_MEAN_TITLE = "What it does not mean";
    LOW_SCORE = "It does not mean that you are well. The program misses some, and it looks for nothing else. It never makes your answers count less.";
    HIGH_SCORE = "It does not mean that you have it. Only a doctor can tell, often only with more tests.";
    UNSURE_SCORE = "It does not mean anything in between. Take it as no answer.";
    GO_AT_ONCE_TITLE = "Go at once, whatever stands here, with any of these";
    FOR_DOCTOR_TITLE = "For the doctor";
    PRINT_BUTTON = "Print or save one page";
    PRINT_HINT = "It holds this advice, what the program found, and on what it was tried. It names nobody.";
    REFUSED_TITLE = "The picture got no answer";
    LOOKED_LIKE = "It looks like something else:";
    TRY_AS_BUTTON = "Check it as that";
    FAILED = "The picture could not be read.";
    STOPPED = "The check of the picture was stopped.";
    GATE_REFUSED = "The program knows only one kind of picture, and this one is too different from it. That says nothing about your health.";
    YOUR_ANSWERS = "Answers to questions";
    answered(question: &str, reply: &str) = "{question} {reply}.";
    denied(count: usize) = "All others ({count}): No.";
}

/// How soon, in a sentence, and more about it.
pub fn urgency(urgency: Urgency) -> (&'static str, &'static str) {
    match urgency {
        Urgency::IfWorried => (IF_WORRIED, IF_WORRIED_MORE),
        Urgency::TwoWeeks => (TWO_WEEKS, TWO_WEEKS_MORE),
        Urgency::Today => (TODAY, TODAY_MORE),
        Urgency::Emergency => (EMERGENCY, EMERGENCY_MORE),
    }
}

/// What was seen, without a number.
pub fn seen(answer: &Answer) -> String {
    match answer.overall() {
        Verdict::Suspected | Verdict::Unsure => messages::heading(answer, Audience::Patient),
        Verdict::NotSuspected if answer.is_of_many() => {
            "No strong signs of what it looks for were found".into()
        }
        Verdict::NotSuspected => messages::heading(answer, Audience::Patient),
        Verdict::Named => {
            let first = answer.findings.first().map_or("", |finding| finding.label.as_str());
            format!("It takes this for: {first}")
        }
        Verdict::Withheld => "The program gave no answer that counts".into(),
    }
}

/// How sure an answer is, in words. `share`: of ten test pictures that got about the same number, so many had the finding.
pub fn how_sure(answer: &Answer, share: Option<f32>) -> String {
    let finding = answer.label();
    match (answer.overall(), share) {
        (Verdict::Unsure, _) => "Not sure. The program cannot tell from this picture.".into(),
        (Verdict::Named, _) => "It only names a kind. It always names one, also when it is wrong.".into(),
        (Verdict::Withheld, _) | (_, None) => {
            "Nobody has counted how often it is right on such pictures.".into()
        }
        (Verdict::Suspected | Verdict::NotSuspected, Some(share)) => {
            let of_ten = (share * 10.0).round() as usize;
            let many = match of_ten {
                0 => "fewer than one".to_string(),
                10 => "nearly all".into(),
                of_ten => format!("about {}", number(of_ten)),
            };
            format!(
                "Of ten test pictures that looked like this to the program, {many} had {finding}. At home it can be different."
            )
        }
    }
}

/// What it does not mean.
pub fn not_meant(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Suspected => HIGH_SCORE,
        Verdict::Unsure | Verdict::Withheld => UNSURE_SCORE,
        Verdict::NotSuspected | Verdict::Named => LOW_SCORE,
    }
}

/// A sign: of the checklist as a question, all others as what somebody says.
pub fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::SizeChanged => "Has the spot grown or changed its size?",
        Sign::ShapeIrregular => "Is its shape uneven, with one half unlike the other?",
        Sign::ColourIrregular => "Has it more than one colour, or an uneven colour?",
        Sign::WideAs7Mm => "Is it wider than the rubber on a pencil (7 mm)?",
        Sign::Inflamed => "Is it red or swollen, or the skin around it?",
        Sign::Oozing => "Does it bleed, ooze or have a crust?",
        Sign::FeelsDifferent => "Does it itch, hurt or feel different?",
        Sign::UnderNail => "It is a new dark line in a nail, or a spot under one.",
        Sign::PalmOrSole => "It is on a palm or the sole of a foot.",
        Sign::NotHealing => "It is a sore or crust that has not healed in four weeks.",
        Sign::GrowingBump => "It is a firm bump that grows, of any colour, also pink or like skin.",
        Sign::StrongWorry => "I am very worried about it.",
        Sign::HardToBreathe => "Breathing is so hard that talking or drinking is difficult.",
        Sign::BlueLips => "Lips or face look blue or grey.",
        Sign::ConfusedOrFits => "Confused, hard to wake, or had a fit.",
        Sign::ChildCannotDrink => "A child that cannot drink, or brings everything up.",
        Sign::ChestPainOrBlood => "Chest pain, or coughing up blood.",
        Sign::FaceArmSpeech => "Suddenly a face that hangs, a weak arm or leg, or unclear speech.",
        Sign::WorstHeadache => "A sudden headache, the worst ever.",
        Sign::HeadacheAndVomiting => "A new headache that gets worse, with vomiting.",
        Sign::BreastLump => "A new lump in a breast or armpit.",
        Sign::BreastChanged => "A nipple that pulls in or bleeds, or skin that dents or thickens.",
        Sign::BreastHotAndFever => "A breast that is hot, red and painful, with fever.",
        Sign::SightLost => "Sight that is suddenly lost or much worse, in one eye or both.",
        Sign::FlashesOrShadow => "New flashes, many new dots, or a shadow over part of what I see.",
        Sign::EyeRedAndPainful => "A red eye that hurts.",
        Sign::FeverAfterTravel => "Fever, and in the last year a stay where there is malaria.",
        Sign::YellowOrDarkUrine => "Yellow eyes or skin, or very dark urine.",
        Sign::HeavyBleeding => "Bleeding that does not stop.",
    }
}
