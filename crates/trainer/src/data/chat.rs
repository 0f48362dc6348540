//! Chat templates: a model's own Jinja program that turns a conversation into text.

use fancy_regex::Regex;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value as Jinja};
use serde::Serialize;
use serde_json::{Value, json};

/// A model's chat template, rendered like `apply_chat_template` of transformers.
///
/// The date is not defined (`strftime_now`), so that the same data give the same tokens on every day; templates that ask whether it is
/// use a date of their own.
#[derive(Clone, Debug)]
pub(crate) struct ChatTemplate {
    environment: Environment<'static>,
    /// `bos_token` and the like, which templates use.
    tokens: Value,
}

const NAME: &str = "chat_template";

impl ChatTemplate {
    /// Parses a template. `tokens` are the special tokens by name.
    pub(crate) fn new(source: &str, tokens: Value) -> Result<Self, String> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|e| e.to_string())?);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |message: String| -> Result<Jinja, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment.add_filter("tojson", tojson);
        // transformers marks answers with a tag of its own; here they come from rendering each answer
        let mut source = source.to_owned();
        for (tag, kept) in [("generation", "if true"), ("endgeneration", "endif")] {
            let pattern = Regex::new(&format!(r"\{{%([-+]?)\s*{tag}\s*([-+]?)%\}}")).map_err(|e| e.to_string())?;
            source = pattern.replace_all(&source, format!("{{%$1 {kept} $2%}}")).into_owned();
        }
        environment.add_template_owned(NAME, source).map_err(|e| format!("`chat_template` is not usable: {e:#}"))?;
        Ok(Self { environment, tokens })
    }

    fn render(&self, messages: &[Value], add_generation_prompt: bool) -> Result<String, String> {
        let mut context = self.tokens.clone();
        context["messages"] = messages.into();
        context["add_generation_prompt"] = add_generation_prompt.into();
        let template = self.environment.get_template(NAME).map_err(|e| e.to_string())?;
        template.render(Jinja::from(Serde(&context))).map_err(|e| format!("the chat template fails: {e:#}"))
    }

    /// The text before the assistant's answer, and the text of the answer with its end.
    pub(crate) fn split(&self, before: &[Value], answer: &str) -> Result<(String, String), String> {
        let prompt = self.render(before, true)?;
        let whole = self.render(&[before, &[json!({"role": "assistant", "content": answer})]].concat(), false)?;
        match whole.strip_prefix(&prompt) {
            Some(rest) => Ok((prompt, rest.to_owned())),
            None => {
                Err("the chat template changes what comes before an answer: its text does not begin with the prompt"
                    .into())
            }
        }
    }
}

/// Jinja's `tojson` as transformers defines it: Python's separators and no escapes for HTML.
fn tojson(value: &Jinja) -> Result<String, Error> {
    let mut bytes = vec![];
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Python);
    value.serialize(&mut serializer).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))
}

/// Separators `", "` and `": "`.
struct Python;

impl serde_json::ser::Formatter for Python {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, to: &mut W, first: bool) -> std::io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, to: &mut W, first: bool) -> std::io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, to: &mut W) -> std::io::Result<()> {
        to.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHATML: &str = "{{ bos_token }}{% for message in messages %}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'].strip() + '<|im_end|>' }}
{% endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
";

    fn user(text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    #[test]
    fn prompt_and_answer_are_told_apart() {
        let template = ChatTemplate::new(CHATML, json!({"bos_token": "<s>"})).unwrap();
        let (prompt, answer) = template.split(&[user(" hi ")], "yo").unwrap();
        assert_eq!(prompt, "<s><|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n");
        assert_eq!(answer, "yo<|im_end|>\n");
    }

    #[test]
    fn what_templates_use_is_there() {
        let render = |source: &str| {
            ChatTemplate::new(source, json!({"bos_token": "<s>"})).and_then(|t| t.render(&[user("a'b")], false))
        };
        assert_eq!(render("{{ messages | tojson }}").unwrap(), r#"[{"content": "a'b", "role": "user"}]"#);
        assert_eq!(render("{% generation %}x{% endgeneration %}{{ 'A b'.split(' ')[-1] }}").unwrap(), "xb");
        assert_eq!(
            render("{% for m in messages %}{% break %}{% endfor %}{{ strftime_now is defined }}").unwrap(),
            "False"
        );
        assert!(render("{{ raise_exception('no system role') }}").unwrap_err().contains("no system role"));
        assert!(render("{% nonsense %}").unwrap_err().contains("`chat_template` is not usable"));
        let changing =
            ChatTemplate::new("{{ messages | length }}{% if add_generation_prompt %}!{% endif %}", json!({})).unwrap();
        assert!(changing.split(&[user("x")], "y").unwrap_err().contains("changes what comes before"));
    }
}
