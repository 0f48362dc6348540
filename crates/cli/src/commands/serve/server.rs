//! The report as a page that follows the study.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use tiny_http::{Header, Method, Request, Response};

use super::super::status::{text, view};
use crate::best::best;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::replay_with_method;
use crate::report;

/// Asks every two seconds whether the study has changed, and loads the page again if so. Browsers keep the place on the page.
const FOLLOW: &str = include_str!("follow.js");
/// Nothing is loaded from elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'";

/// A local web server of one page.
pub(super) struct Server {
    http: tiny_http::Server,
    address: SocketAddr,
    token: Option<String>,
    page: Option<Page>,
}

/// The page for a state of the study.
struct Page {
    /// The state in words.
    status: String,
    html: String,
}

/// What a request gets.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Page,
    Revision,
    Refused(u16, &'static str),
}

impl Server {
    /// Listens on `ADDRESS:PORT`. Where other machines can reach the address, requests need a token.
    ///
    /// # Errors
    /// The address is not one of this machine, or its port is taken.
    pub(super) fn bind(listen: &str) -> anyhow::Result<Self> {
        let wrong = |problem: String| Kind::Input.error(format_args!("--listen {listen}: {problem}"));
        let mut found =
            listen.to_socket_addrs().map_err(|e| wrong(format!("{e}; expected ADDRESS:PORT, as 127.0.0.1:8427")))?;
        let address = found.next().ok_or_else(|| wrong("no such address".into()))?;
        let http = tiny_http::Server::http(address).map_err(|e| wrong(format!("{e}; port 0 takes a free one")))?;
        let address = http.server_addr().to_ip().unwrap_or(address);
        let token = if address.ip().is_loopback() { None } else { Some(token()?) };
        Ok(Self { http, address, token, page: None })
    }

    /// What to open in a browser.
    pub(super) fn address(&self) -> String {
        let token = self.token.as_ref().map(|token| format!("?token={token}")).unwrap_or_default();
        format!("http://{}/{token}", self.address)
    }

    /// Whether the address holds a secret.
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    /// The socket fails. What is wrong with the study is shown on the page.
    pub(super) fn run(&mut self, loaded: &LoadedStudy) -> anyhow::Result<()> {
        loop {
            let request = self.http.recv()?;
            // a browser that has gone away is not our concern
            let _ = self.respond(request, loaded);
        }
    }

    fn respond(&mut self, request: Request, loaded: &LoadedStudy) -> std::io::Result<()> {
        let host = request.headers().iter().find(|h| h.field.equiv("Host")).map(|h| h.value.as_str().to_owned());
        let answer = answer(request.method(), request.url(), host.as_deref(), self.token.as_deref());
        let (code, kind, body) = match answer {
            Answer::Refused(code, why) => (code, "text/plain", format!("{why}\n")),
            Answer::Revision => (200, "text/plain", revision(&status_of(loaded))),
            Answer::Page => (200, "text/html", self.page(loaded)),
        };
        let headers = [
            format!("Content-Type: {kind}; charset=utf-8"),
            "Cache-Control: no-store".into(),
            "Referrer-Policy: no-referrer".into(),
            "X-Content-Type-Options: nosniff".into(),
            format!("Content-Security-Policy: {POLICY}"),
        ];
        let mut response = Response::from_string(body).with_status_code(code);
        for header in headers.iter().filter_map(|h| h.parse::<Header>().ok()) {
            response.add_header(header);
        }
        request.respond(response)
    }

    /// The page now. The report is made again only if something has changed.
    fn page(&mut self, loaded: &LoadedStudy) -> String {
        let status = status_of(loaded);
        match &self.page {
            Some(page) if page.status == status => {}
            _ => self.page = Some(Page { html: html(loaded, &status), status }),
        }
        self.page.as_ref().map(|page| page.html.clone()).unwrap_or_default()
    }
}

/// 128 random bits.
fn token() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// `jobs status`, or what is wrong.
fn status_of(loaded: &LoadedStudy) -> String {
    view(loaded, false).map(|view| text(&view)).unwrap_or_else(|e| format!("{e:#}\n"))
}

/// A short name of a state.
fn revision(status: &str) -> String {
    format!("{:08x}", crc32fast::hash(status.as_bytes()))
}

/// The report with the state above it, or the state alone while no run has a value.
fn html(loaded: &LoadedStudy, status: &str) -> String {
    let made = replay_with_method(loaded)
        .and_then(|study| best(loaded, &study)?.map(|best| report::page(loaded, &study, &best)).transpose());
    let page = match made {
        Ok(Some(page)) => page,
        Ok(None) => report::empty_page(loaded, "No run has a value yet."),
        Err(e) if Kind::Nothing.is(&e) => report::empty_page(loaded, "No run has a value yet."),
        Err(e) => report::empty_page(loaded, &format!("There is no report: {e:#}")),
    };
    let live = format!(
        "<pre class=\"live\">{}</pre>\n<script>const revision = \"{}\";\n{FOLLOW}</script>\n",
        report::escaped(status),
        revision(status)
    );
    page.replacen("<body>\n", &format!("<body>\n{live}"), 1)
}

/// Which answer a request gets. A page on loopback answers only to names of loopback, so that no web page can read it through a name
/// of its own that leads here.
fn answer(method: &Method, url: &str, host: Option<&str>, token: Option<&str>) -> Answer {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let given = query.split('&').find_map(|pair| pair.strip_prefix("token="));
    match (token, host) {
        (Some(token), _) if given != Some(token) => {
            return Answer::Refused(403, "the address needs the token that `jobs serve` printed");
        }
        (None, Some(host)) if !is_loopback(host) => return Answer::Refused(403, "open it as localhost"),
        _ => {}
    }
    if !matches!(method, Method::Get | Method::Head) {
        return Answer::Refused(405, "only GET: the page is to be read");
    }
    match path {
        "/" => Answer::Page,
        "/revision" => Answer::Revision,
        _ => Answer::Refused(404, "there is / and nothing else"),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str, host: &str, token: Option<&str>) -> Answer {
        answer(&Method::Get, url, Some(host), token)
    }

    #[test]
    fn loopback_answers_to_its_own_names_only() {
        for host in ["localhost:8427", "LOCALHOST", "127.0.0.1:8427", "[::1]:8427", "[::1]"] {
            assert_eq!(of("/", host, None), Answer::Page, "{host}");
        }
        for host in ["evil.example:8427", "127.0.0.1.evil.example", "10.0.0.1:8427", ""] {
            assert!(matches!(of("/", host, None), Answer::Refused(403, _)), "{host}");
        }
    }

    #[test]
    fn elsewhere_every_path_needs_the_token() {
        let token = Some("abc");
        assert_eq!(of("/?token=abc", "host:1", token), Answer::Page);
        assert_eq!(of("/revision?token=abc", "host:1", token), Answer::Revision);
        for url in ["/", "/revision", "/?token=", "/?token=ab", "/?token=abcd", "/?x=token=abc", "/nothing"] {
            assert!(matches!(of(url, "host:1", token), Answer::Refused(403, _)), "{url}");
        }
    }

    #[test]
    fn nothing_else_is_there() {
        assert!(matches!(of("/../study.toml", "localhost", None), Answer::Refused(404, _)));
        assert!(matches!(answer(&Method::Post, "/", Some("localhost"), None), Answer::Refused(405, _)));
    }
}
