//! The companion's routes, in its description of itself.

texts! {
    TITLE = "Lantern's case history over HTTP";
    DESCRIPTION = "What the companion answers to. Bodies and answers are JSON. Whoever is logged in has the session's cookie; requests must come from the companion's own page or from a program, not from another site's page. Errors are problem details (RFC 9457), with a sentence in `detail` that can be shown. Results of models are not a diagnosis.";
    SESSION = "The cookie that POST /api/session sets; over https its name is __Host-lantern_session.";
    LIST_CASES = "Lists cases, newest first.";
    SAVE_CASE = "Saves a case.";
    IMPORT_CASE = "Takes in a case of another history, unless it is here already.";
    LIST_FOLLOW_UPS = "Lists follow-ups: those that are still open first, by their day.";
    SET_FOLLOW_UP = "Sets the follow-up of a case.";
    REMOVE_FOLLOW_UP = "Removes the follow-up of a case.";
    LIST_IMAGES = "Lists the fingerprints of the images that were saved last.";
    READ_CASE = "Reads a case.";
    DELETE_CASE = "Deletes a case for good.";
    ERASE_PATIENT = "Deletes all cases of a patient for good.";
    SHOW_SESSION = "Tells who is logged in.";
    LOG_IN = "Logs in.";
    LOG_OUT = "Logs out.";
    CHANGE_PASSWORD = "Changes the own password.";
    FIRST_ACCOUNT = "Makes the first administrator, and logs in.";
    LIST_ACCOUNTS = "Lists all accounts.";
    ADD_ACCOUNT = "Adds an account.";
    CHANGE_ACCOUNT = "Changes an account's role, its password, or both.";
    REMOVE_ACCOUNT = "Removes an account.";
    AUDIT_LOG = "Reads the audit log, newest first.";
    LIST_COLLECTIONS = "Lists the collections of images for the classroom.";
    READ_COLLECTION = "Reads a collection of images, as a zip archive.";
    OPENAPI = "This description, as OpenAPI.";
    DOCS = "This description, as a page.";
    ANYONE = "anyone";
    SIGNED_IN = "who is logged in";
    DONE = "Done.";
    REFUSED = "Refused, with the reason.";
    BODY = "Body";
    ANSWERS = "Answers";
    PARAMETERS = "Parameters";
    TYPES = "Types";
    FOR = "For";
}
