//! Scripts and styles without what only their readers need: comments and indentation.

/// The file as it is served.
pub fn minify(path: &str, bytes: Vec<u8>) -> Vec<u8> {
    let is_script = path.ends_with(".js");
    if !is_script && !path.ends_with(".css") {
        return bytes;
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => lines(text, is_script).into_bytes(),
        Err(_) => bytes,
    }
}

/// Leaves out comments that fill their lines, and the blanks before each line. Inside a template that goes over several lines blanks have
/// a meaning: from its beginning on, a script stays as it is.
fn lines(text: &str, is_script: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_comment, mut as_it_is) = (false, false);
    for line in text.lines() {
        let trimmed = line.trim_start();
        if as_it_is {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        if in_comment || trimmed.starts_with("/*") {
            let end = trimmed.find("*/");
            in_comment = end.is_none();
            let rest = end.and_then(|end| trimmed.get(end + 2..)).unwrap_or_default().trim_start();
            if !rest.is_empty() {
                out.push_str(rest);
                out.push('\n');
            }
            continue;
        }
        if trimmed.is_empty() || is_script && trimmed.starts_with("//") {
            continue;
        }
        as_it_is = is_script && trimmed.matches('`').count() % 2 == 1;
        out.push_str(if as_it_is { line } else { trimmed });
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minified(path: &str, text: &str) -> String {
        String::from_utf8(minify(path, text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn comments_and_blanks_go_and_code_stays() {
        let script = "/**\n * What it does.\n */\nfunction f() {\n    // why\n    return \"//no /* comment\"; // kept\n\n}\n/* a */ g();\n";
        let expected = "function f() {\nreturn \"//no /* comment\"; // kept\n}\ng();\n";
        assert_eq!(minified("a.js", script), expected);
        let style = "/* Colours. */\na {\n  color: red;\n}\n";
        assert_eq!(minified("a.css", style), "a {\ncolor: red;\n}\n");
        assert_eq!(minified("a.html", "  <p>\n"), "  <p>\n");
    }

    #[test]
    fn a_template_over_several_lines_stays_as_it_is() {
        let script = "  let one = `a`;\n  let two = `b\n   // c\n`;\n  d();\n";
        assert_eq!(minified("a.js", script), "let one = `a`;\n  let two = `b\n   // c\n`;\n  d();\n");
    }
}
