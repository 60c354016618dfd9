//! Why the inference worker got no file, and of which bundle a fault is.

texts! {
    status(status: u16) = "the server answered {status}";
    EMPTY_ANSWER = "the answer is empty";
    BROKEN = "the connection broke";
    refused(model: &str, why: &str) = "{model} is refused: {why}";
}
