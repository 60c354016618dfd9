//! The companion's refusals, over HTTP and where it cannot serve.

use std::path::Path;

texts! {
    search_length(most: usize) = "A search has at most {most} characters. Shorten it.";
    not_a_search(why: &str) = "This is not a search of the history: {why}. Leave out what it does not know.";
    not_a_case(why: &str) = "This is not a case: {why}. Send it as the page of this version does.";
    not_a_follow_up(why: &str) = "This is not a follow-up: {why}. Send a status and a day, as docs/history.md says.";
    EARLIER_CASE = "A version of Lantern before 0.2 kept this case, with fewer fields than can be checked, so it cannot be taken in alone. Restore a backup of the whole history instead.";
    SAVED_AT = "The time at which this case was kept is no time, or lies in the future. Check the clock of this computer, and that nobody edited the file.";
    CASE_NUMBER = "A case has a number. Ask for it as in /api/cases/12.";
    no_case(case: i64) = "The history holds no case {case}. It may have been deleted; load the list again.";
    PATIENT_FINGERPRINT = "A patient is named by a fingerprint of 64 hexadecimal digits. Take it from one of the cases.";
    NO_PATIENT = "The history holds no case of this patient, so nothing was erased. Check the fingerprint.";
    NO_NAME = "An account's name in an address is text in UTF-8, with percent signs. Take it from the list of accounts.";
    no_route(path: &str) = "There is nothing at /api{path}. Ask for /api/cases.";
    no_method(method: &str) = "{method} cannot be used here. See docs/history.md for what can.";
    FULL_HOUSE = "Too many requests are being worked on at this moment, and this one was not begun. Try again in a few seconds.";
    TOO_LONG = "The request took too long, and may be done later or not at all. Load the list again before you repeat it.";
    REQUEST_FAILED = "The request failed inside Lantern. Try again.";
    OTHER_NAME = "This companion answers to localhost, 127.0.0.1 and the names that `lantern serve --name` gave it. Open it under one of these names.";
    OTHER_COMPUTER = "Without https the history is open only on this computer itself. Open the page there, or have Lantern started with --lan, with --cert and --key, or behind a proxy that --trusted-proxy names.";
    RELAYED = "This request came through a proxy or a tunnel that Lantern does not know, so the history is closed to it. Start Lantern with --trusted-proxy and the proxy's address, and with --name.";
    OTHER_PAGE = "Only Lantern's own page may use the history. Open it there.";
    NOT_JSON = "What is sent here is application/json. Set Content-Type to it.";
    NO_COLLECTION = "There is no collection of this name, or it cannot be read. Ask for the list of collections again.";
    large_collection(name: &str, megabytes: u64, files: usize) = "the collection {name} is left out: it has more than {megabytes} MB or {files} files; make two of it";
    NO_FILE = "There is no such file. Check the address.";
}

pub fn no_page(folder: &Path) -> String {
    format!("{} holds no page: build it with `make run`, or name its folder with --site", folder.display())
}

texts! {
    CLOCK = "this computer's clock stands before 1970, so no case could be dated; set the clock, then start again";
    no_secret(why: &str) = "this computer could not make or check a secret: {why}; try again";
    certificate(why: &str) = "the certificate or its key cannot be used: {why}; name files in PEM form with --cert and --key";
    network(why: &std::io::Error) = "the network failed: {why}; start Lantern again";
}
