//! The words of the lessons.

use crate::lesson::Lesson;

/// What a lesson says.
pub struct Words {
    pub title: &'static str,
    pub minutes: u32,
    pub goal: &'static str,
    /// As many as the lesson has checks.
    pub steps: &'static [&'static str],
    pub question: &'static str,
    /// An answer, whether it is right, and why.
    pub answers: &'static [(&'static str, bool, &'static str)],
    pub notes: &'static str,
}

/// What a lesson says.
pub fn words(lesson: Lesson) -> &'static Words {
    match lesson {
        Lesson::Pixels => &PIXELS,
        Lesson::Preprocessing => &PREPROCESSING,
        Lesson::Families => &FAMILIES,
        Lesson::Convolution => &CONVOLUTION,
        Lesson::Overfitting => &OVERFITTING,
        Lesson::Optimisers => &OPTIMISERS,
        Lesson::Larger => &LARGER,
        Lesson::Imbalance => &IMBALANCE,
        Lesson::Shortcut => &SHORTCUT,
        Lesson::Shift => &SHIFT,
        Lesson::Calibration => &CALIBRATION,
        Lesson::Privacy => &PRIVACY,
        Lesson::Adversarial => &ADVERSARIAL,
    }
}

const PIXELS: Words = Words {
    title: "What a pixel is",
    minutes: 10,
    goal: "See that an image is a grid of numbers, and what noise, contrast and size do to what can be seen in it.",
    steps: &[
        "Raise the noise until you can no longer find the lesions.",
        "Raise the contrast until you find them again.",
        "Take larger images, and look again.",
    ],
    question: "Noise and contrast are both twice as strong. What happens to a lesion that was just visible?",
    answers: &[
        (
            "It stays just visible.",
            true,
            "What counts is contrast by noise: both doubled, it stays the same.",
        ),
        ("It becomes easy to see.", false, "The noise grew as much as the contrast did."),
        ("It disappears.", false, "The contrast grew as much as the noise did."),
    ],
    notes: "Have students say aloud which images show a lesion before they look at the class. Eyes average over neighbouring pixels; so does a convolution. Larger images hold more pixels of one lesion, which averages the noise away.",
};

const PREPROCESSING: Words = Words {
    title: "From pixels to a network's input",
    minutes: 15,
    goal: "Read an image as numbers, prepare it in the usual ways (window, size, normalisation), and see that a network answers for what it was given, not for what you see.",
    steps: &[
        "Point at places of the image, in the part \"From pixels to input\": each place is one number, 0 for black and 255 for white.",
        "Narrow the window around the lesion's brightness: contrast grows inside it, and what lies outside is lost.",
        "Reduce the image to 7 pixels a side or fewer. What is left of the lesion?",
        "Set everything back to the usual, and train the network to its end.",
        "Leave the normalisation out, and see how many answers are still right.",
        "Find a preparation that turns the answer for an image which was answered rightly.",
    ],
    question: "A network was trained on images with a wide window. A hospital sends images with a narrow one. What is to be expected?",
    answers: &[
        (
            "Wrong answers, although people may see the lesions better than before.",
            true,
            "The network knows the numbers that it was trained on. Other numbers are other images to it.",
        ),
        (
            "Better answers: the contrast is higher.",
            false,
            "Higher contrast helps eyes. The network learned other numbers.",
        ),
        (
            "The same answers: it is the same patient.",
            false,
            "The network gets numbers and no patient, and the numbers are others.",
        ),
    ],
    notes: "Let students say what each number means before they see it. Normalising takes the mean of all training images from each value and divides by their standard deviation, so that values lie around 0, where a network learns well; leaving it out afterwards gives it numbers that it never saw. Ask who decides the window in a clinic. A DICOM file holds the measured values and proposes a window; a screenshot has lost them.",
};

const FAMILIES: Words = Words {
    title: "Four families of method",
    minutes: 20,
    goal: "Compare learners of pixels, features made by hand, models of images and a network on the same images, with the uncertainty of each score.",
    steps: &[
        "Compare the families as they are. Which intervals overlap?",
        "Change the contrast of the lesions.",
        "Compare again. Which family lost, or won, most?",
    ],
    question: "The network's AUC is 0.93 (0.88 - 0.97), the forest's 0.90 (0.84 - 0.95). What may you say?",
    answers: &[
        (
            "On these images it is not sure which is better.",
            true,
            "The intervals overlap widely; the table of pairs tells how probable it is that one is better.",
        ),
        ("The network is better.", false, "Other test images of the same kind could turn the order around."),
        ("They are the same.", false, "A difference that is not sure is not proof of equality."),
    ],
    notes: "Learners of pixels know nothing of neighbours: move the lesion and they see other numbers. Features made by hand say what a person thought of; networks find features by themselves, for which they need more images. Open the cells: which images do all of them get wrong?",
};

const CONVOLUTION: Words = Words {
    title: "Inside a convolution",
    minutes: 15,
    goal: "See that a layer multiplies a small square of numbers by weights and adds them up, everywhere in the image alike.",
    steps: &[
        "Train the small network to its end.",
        "Choose an image, and a layer of the network below.",
        "Choose a value of the first convolution, and follow its arithmetic to the result.",
    ],
    question: "Why does a value of the second convolution see more of the image than one of the first?",
    answers: &[
        (
            "It reads values that each saw a square already.",
            true,
            "Each layer sees a square of squares; pooling makes the steps larger still.",
        ),
        ("Its kernel is larger.", false, "Both kernels are 3 x 3."),
        (
            "It has more channels.",
            false,
            "Channels are different patterns at one place; they do not widen what is seen.",
        ),
    ],
    notes: "The sum that is spelled out is the network's own: a test of the program holds that they agree. Let students predict the sign of a product before they look at it.",
};

const OVERFITTING: Words = Words {
    title: "Learning by heart",
    minutes: 15,
    goal: "See a network learn its images by heart, wrong labels too, and find out what helps.",
    steps: &[
        "Train as it is: 80 images, a fifth of them with a wrong label.",
        "Look at the curves: training accuracy must end well above validation accuracy.",
        "Change one thing, and train again: more images, augmentation, weight decay, a smaller network or fewer epochs. The gap must become smaller.",
        "End your best run with the test score.",
    ],
    question: "Training accuracy still rises, validation loss too. What is the network learning?",
    answers: &[
        (
            "The noise and the wrong labels of its own images.",
            true,
            "They help on these images and on no others, so the loss on others rises.",
        ),
        (
            "The difference between clear images and lesions, more and more exactly.",
            false,
            "Then the validation loss would fall.",
        ),
        (
            "Nothing more.",
            false,
            "Its training accuracy still rises: it learns something, but nothing that is true of other images.",
        ),
    ],
    notes: "Overlay the runs: the gap between the two curves is the point. Ask which of the remedies costs data, which time, and which nothing. Stopping early is a remedy too: it is read off the validation curve, never off the test.",
};

const OPTIMISERS: Words = Words {
    title: "Optimisers",
    minutes: 15,
    goal: "Compare how plain gradient descent, momentum and adaptive steps come down the same loss.",
    steps: &[
        "Train with SGD as it is.",
        "Train again with another optimiser; the first run stays in the picture.",
        "Train with a third one.",
        "Take a much larger or smaller learning rate with one of them.",
    ],
    question: "With the same learning rate, AdamW is much faster than SGD here. Why?",
    answers: &[
        (
            "It divides each weight's step by how large its gradients usually are.",
            true,
            "So a rate means about the same step for every weight, also where gradients are tiny.",
        ),
        ("It looks at more images in each step.", false, "The batch is the same."),
        ("It does not need the gradient.", false, "It needs it, and remembers it and its square."),
    ],
    notes: "A fair comparison gives each optimiser its own best rate: SGD with 0.1 or 0.3 often comes close. Sharpness-aware steps cost two gradients each. Have groups take one optimiser each and compare links.",
};

const LARGER: Words = Words {
    title: "Four ways to a better network",
    minutes: 20,
    goal: "Try the four usual ways to better results, one at a time, and measure each: more data, a deeper network, augmentation, and a better training.",
    steps: &[
        "Train as it is: 60 images, one stage.",
        "Train with at least 600 images.",
        "Train with at least three stages.",
        "Train with another augmentation than before.",
        "End your best run with the test score.",
    ],
    question: "A deeper network on 60 images did not help. What is missing?",
    answers: &[
        (
            "Images: it has more weights than 60 images can tell apart.",
            true,
            "Depth helps once there is enough to learn from.",
        ),
        (
            "Epochs: it only needs more passes over the same 60 images.",
            false,
            "It learns them by heart, and other images gain nothing.",
        ),
        ("A larger batch.", false, "The batch decides how even a step is, not what there is to learn."),
    ],
    notes: "Change one thing at a time and write the validation accuracy down. With images of this kind more data wins nearly always; ask what more data costs in a hospital.",
};

const IMBALANCE: Words = Words {
    title: "Rare findings",
    minutes: 15,
    goal: "See why accuracy misleads where a finding is rare, and what weights do.",
    steps: &[
        "Train as it is: 6 of 100 images show a lesion.",
        "End the run with the test score, and open the lesions that were missed, in the table of truth and answer.",
        "Train with class weights of 100 %.",
        "End that run too: its balanced accuracy must be better than before.",
    ],
    question: "A program calls every image clear, and 6 % show a lesion. Its accuracy is",
    answers: &[
        (
            "94 %, and its balanced accuracy 50 %.",
            true,
            "Accuracy counts images, balanced accuracy counts classes: it is right in all of one class and none of the other.",
        ),
        ("50 %.", false, "It is right for 94 of 100 images."),
        ("94 %, so it is a good program.", false, "It finds no lesion at all."),
    ],
    notes: "Weights move the answers towards the rare class: fewer missed, more false alarms. Which is worse depends on what happens next; let the class argue for both sides.",
};

const SHORTCUT: Words = Words {
    title: "The marker that gives it away",
    minutes: 15,
    goal: "See a network take a shortcut: it learns the technician's marker, not the lesion, and fails where there is no marker.",
    steps: &[
        "Train as it is. Validation accuracy should be nearly perfect.",
        "End the run with the test score: here it is high, at the other hospital, which has no marker, it falls.",
        "Look inside at an image with a marker: which places of the first layers light up?",
        "Set the marker to 0 % or 50 %, train again, and tell the test score: at the other hospital it must be better.",
    ],
    question: "Why did validation not warn us?",
    answers: &[
        (
            "Its images have the marker too: they come from the same hospital.",
            true,
            "Images held out of the same collection share its habits. Only images from elsewhere show the shortcut.",
        ),
        ("There were too few validation images.", false, "More of the same have the same marker."),
        ("Validation was done too early.", false, "At any time the marker gives the class away there."),
    ],
    notes: "This happened: networks that read chest radiographs learned portable machines and lead letters (Zech et al. 2018, DeGrave et al. 2021). At 50 % the marker is still there and tells nothing. Raise the contrast if the lesion is too hard to learn without it.",
};

const SHIFT: Words = Words {
    title: "Another hospital",
    minutes: 15,
    goal: "See that a network that is good here can fail where images are taken differently, and how varied training helps.",
    steps: &[
        "Train as it is.",
        "End the run with the test score: at the other hospital it is lower.",
        "Train with mild augmentation: brightness, contrast and noise of the images are varied. What does it cost here?",
        "Tell the test score: at the other hospital it must be better than before.",
    ],
    question: "A published network has an accuracy of 95 %. What do you ask before you use it in your hospital?",
    answers: &[
        (
            "On whose images, from which devices, it was measured.",
            true,
            "A score is true of images like those that it was measured on.",
        ),
        ("How many layers it has.", false, "That tells nothing about your images."),
        ("How long it was trained.", false, "That tells nothing about your images."),
    ],
    notes: "The other hospital's images are brighter, darker at the rim and noisier. Turn the setting up and down to find out when the network breaks. A second device in the training does not help if it is not like the other hospital's: try it. The clinic's page says of each model what it was tried on: look there.",
};

const CALIBRATION: Words = Words {
    title: "How sure is it?",
    minutes: 15,
    goal: "See that a probability of a network need not mean what it says, and how to measure and mend that.",
    steps: &[
        "Train as it is: few images, many epochs.",
        "End the run with the test score, and look at the calibration: are answers of 95 % right 95 times in 100?",
        "Train with label smoothing.",
        "Bring the calibration error at the test down, by smoothing, more images or fewer epochs.",
    ],
    question: "Two networks are right equally often. One says 99 % each time, the other what is true of its answers. Which do you want at the bedside?",
    answers: &[
        (
            "The second: its doubt tells when to look again.",
            true,
            "A probability is of use only if it is right as often as it says.",
        ),
        ("The first: it is surer.", false, "It is as often wrong, and does not say so."),
        ("Either: they are right equally often.", false, "Only one of them tells when it may be wrong."),
    ],
    notes: "The clinic's models are calibrated after their training, by one number that all scores are divided by (temperature scaling), on images that they did not learn from. Label smoothing can overdo it: then the curve lies above the diagonal.",
};

const PRIVACY: Words = Words {
    title: "What a network remembers",
    minutes: 15,
    goal: "See that a network can give away which images it was trained on, although no image leaves anybody's device.",
    steps: &[
        "Train as it is: few images, learned by heart.",
        "End the run with the test score: training images can be told from others, by how sure the network is (at least 0.6).",
        "Train so that they can be told less well: more images, fewer epochs, augmentation or weight decay. Tell the test score.",
    ],
    question: "A hospital publishes a network that was trained on its patients. Can somebody find out whether a certain patient was among them?",
    answers: &[
        (
            "Perhaps, if they have an image of the patient and the network was overfitted.",
            true,
            "They compare how sure it is of that image with how sure it is of others. That is called membership inference.",
        ),
        (
            "No: a network holds weights and no images.",
            false,
            "Weights that were fitted to an image too closely tell of it.",
        ),
        (
            "Yes, always: the images can be read out of the weights.",
            false,
            "Not always, and what is learned broadly tells little of one image.",
        ),
    ],
    notes: "What is told is an area under the ROC curve: 0.5 is guessing, 1 is certainty. Nothing leaves the device in this room: the network asked for comes to the image, and trains beside it. Ask what would be shared if ten hospitals trained one network together.",
};

const ADVERSARIAL: Words = Words {
    title: "Noise that fools a network",
    minutes: 15,
    goal: "See that a change too small to matter to people can turn a network's answer if it is made on purpose, while random noise of the same size cannot.",
    steps: &[
        "Train the network to its end.",
        "In the part \"Noise against the network\", raise the size of the change until the answer becomes wrong. Take another image if its answer is wrong from the start.",
        "Compare with random noise of the same size: find an image where it leaves the answer right.",
        "Ask about all images: at the size of your choice, noise against the network must cost at least 20 more right answers in 100 than random noise.",
        "Train with another augmentation, and ask about all images again. Does that network withstand more?",
    ],
    question: "Random noise of the same size does nothing. Why does this noise turn the answer?",
    answers: &[
        (
            "Every pixel is changed in the direction that moves the answer, so that many tiny changes add up.",
            true,
            "The gradient tells the direction for each pixel. Random changes cancel each other out.",
        ),
        (
            "It is larger than it looks.",
            false,
            "No pixel changes by more than with random noise; both are shown magnified.",
        ),
        ("It covers the lesion.", false, "It is spread over the image, and the lesion can still be seen."),
    ],
    notes: "This is the fast gradient sign method of Goodfellow et al. 2015 in four steps, on the student's own network. It needs the network's weights; others have fooled networks without them. In a clinic the question is who could gain by it (insurance, trials: Finlayson et al. 2019), and what protects: signed images, looking at them, training on such images. Augmentation helps a little and is no defence.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_words_and_every_question_one_right_answer() {
        for lesson in Lesson::ALL {
            let words = words(lesson);
            assert_eq!(words.steps.len(), lesson.checks().len(), "{}", words.title);
            assert_eq!(
                words.answers.iter().filter(|(_, is_right, _)| *is_right).count(),
                1,
                "{}",
                words.title
            );
            assert!((5..=30).contains(&words.minutes) && !words.notes.is_empty());
        }
    }
}
