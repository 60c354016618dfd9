//! What Lantern is for, what it keeps on a device, and how anybody can check it.

use crate::text::count;

texts! {
    TITLE = "Purpose and privacy";
    PURPOSE = "What it is for";
    FOR_TEACHING = "Lantern is made for teaching and research: to show how networks read medical images, to compare methods, and as a second look at an image that a clinician has already read. It is not a medical device, and it has not been certified as one.";
    NOT_FOR = "It must not decide about a treatment, rule a disease out, or replace a doctor. If you have a complaint, see a doctor, whatever is shown here. In an emergency call for help now.";
    LIMITS = "Each model was tried on images of certain hospitals, ages and machines. The line \"Tried on\" beside each answer names them. On other images it may be wrong more often, and not every such image is refused.";
    LAW = "What the law says: software that helps to decide about a diagnosis is a medical device, in the European Union by rule 11 of Regulation (EU) 2017/745, in the United States under the FD&C Act. Whoever wants to use Lantern so has to have it certified first.";

    POLICY = "What this page may do";
    POLICY_HINT = "The server sends a policy with the page, and the browser enforces it: with connect-src 'self' the page can talk to its own server only, and with default-src 'none' everything that is not named is forbidden.";
    POLICY_BUTTON = "Ask the server for the policy in force";
    NO_POLICY = "This server sends no policy, so the browser does not stop the page from talking to others. Ask whoever runs the server to send the headers that come with Lantern.";
    SERVER_ABSENT = "The server cannot be reached, so its policy is not known. Try again when there is a network.";

    REQUESTS = "Requests to the network";
    REQUESTS_HINT = "Every request that this page made since it was opened, its own files included, as the browser counts them. What a cache of the browser answers is no request. The worker that computes fetches the models itself; its requests are not in this list, but the same policy lets it ask this page's own server only.";
    OWN_SERVER = "to this page's own server";
    OTHERS = "to anybody else";

    KEPT = "What is kept in this browser";
    LOOKING = "Looking";
    KEPT_HINT = "No image is in it. It lets the page start without a network, and remembers your choices.";
    NOT_LISTED = "A script can neither list nor erase two things: the cookie of a log-in, which ends when you log out, and copies of the page's files in the browser's general cache, which you can clear in the browser's settings.";
    NOTHING_KEPT = "Nothing is kept in this browser.";
    COOKIE = "Cookie";
    SETTING = "Your choice";
    DATABASE = "Database";
    SERVICE_WORKER = "Keeps the page for use without a network";
    ERASE_BUTTON = "Erase all of it";
    ERASE_QUESTION = "Erase everything in this list? Choices of yours, such as the theme, changed keys and presets, are lost. Cases in the companion's history stay. The page needs the network for its next start.";
    FOREVER_BUTTON = "Erase it for good";
    LEAVE_BUTTON = "Leave it";
    ERASED = "Erased; the list shows what is left. The model stays in this page's memory until you close the page. Your next visit keeps page and model again.";
    NOT_ERASED = "Not everything was erased; the list shows what is left. Close other tabs of this page and try again, or clear this site's data in the browser's settings.";

    CHECK = "How to check it yourself";
    CHECK_FLIGHT = "Open the page once and load a model. Then switch on flight mode, or pull the cable, and open an image: it is examined all the same.";
    CHECK_TOOLS = "Or open the browser's developer tools (F12), choose the network tab and open an image: no request appears.";
    CHECK_FILES = "Each script, module and style sheet of the page is named after its content: the 16 digits in its name are the first of its SHA-256. A model is checked at each start against the SHA-256 of its files in the site's index, and refused if a byte differs.";
    COMPANION = "The companion's history is kept on the computer that runs it, not here. Its accounts say who may see it.";
}

/// How many files a cache has.
pub fn files(files: usize) -> String {
    count(files, "file")
}

/// A number of requests and of whom.
pub fn requests(requests: usize, of: &str) -> String {
    format!("{} {of}", count(requests, "request"))
}
